# The image that trains in a cluster: docker build --file deploy/pipeline.Dockerfile --tag [[ name ]]-pipeline .
# `make lock` adds the digest of the base[% if ci == "github" %], and Dependabot keeps it up to date[% else %]; for a newer one, delete it and run that again[% endif %].
FROM python:[[ python ]]-slim-bookworm
WORKDIR /app
COPY requirements-[[ commands ]].* ./
#: if wheel
COPY wheels ./wheels
#: endif
RUN if ! test -f requirements-[[ commands ]].lock; then \
    echo "requirements-[[ commands ]].lock is missing: run 'make lock'" >&2; exit 1; fi \
 && pip install --no-cache-dir --require-hashes [% if torch %]--extra-index-url [[ torch_index ]] \
    [% endif %]-r requirements-[[ commands ]].lock
COPY . .
RUN mkdir -p data models && chown -R 10001:10001 /app
# there is no git and no repository in here: each model says that this commit trained it
ARG COMMIT=""
ENV GIT_COMMIT=${COMMIT} HOME=/tmp
USER 10001:10001
CMD ["python", "retrain.py"]
