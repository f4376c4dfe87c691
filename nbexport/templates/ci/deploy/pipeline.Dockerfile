# The image that trains in a cluster: docker build --file deploy/pipeline.Dockerfile --tag [[ name ]]-pipeline .
FROM python:[[ python ]]-slim-bookworm
WORKDIR /app
COPY requirements*.txt ./
RUN pip install --no-cache-dir -r requirements-pipeline.txt
COPY . .
RUN mkdir -p data models .dvc && chown -R 10001:10001 data models .dvc /app
USER 10001:10001
CMD ["python", "retrain.py"]
