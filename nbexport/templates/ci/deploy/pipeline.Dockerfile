# The image that trains in a cluster: docker build --file deploy/pipeline.Dockerfile --tag [[ name ]]-pipeline .
FROM python:[[ python ]]-slim-bookworm
WORKDIR /app
COPY requirements-pipeline.* ./
#: if wheel
COPY wheels ./wheels
#: endif
RUN if ! test -f requirements-pipeline.lock; then \
    echo "requirements-pipeline.lock is missing: run 'make lock'" >&2; exit 1; fi \
 && pip install --no-cache-dir --require-hashes [% if torch %]--extra-index-url [[ torch_index ]] \
    [% endif %]-r requirements-pipeline.lock
COPY . .
RUN mkdir -p data models .dvc && chown -R 10001:10001 data models .dvc /app
USER 10001:10001
CMD ["python", "retrain.py"]
