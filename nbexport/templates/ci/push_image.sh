# Builds the image of the model in production and pushes it, with the model's version as its tag and as `production`.
#   REGISTRY_USER=… REGISTRY_PASSWORD=… sh scripts/push_image.sh registry.example.org/team/service
set -eu
image=$1
version=$(sed -n 's/^ *"version": *"\([0-9A-Za-z._-]*\)",*$/\1/p' models/production/manifest.json | head -n 1)
if [ -z "$version" ]; then
    echo "models/production has no version: nothing to push" >&2
    exit 1
fi
docker build --build-arg MODEL=models/production --tag "$image:$version" --tag "$image:production" .
printf '%s' "$REGISTRY_PASSWORD" | docker login "${image%%/*}" --username "$REGISTRY_USER" --password-stdin
docker push "$image:$version"
docker push "$image:production"
