# Builds an image, pushes it under a tag that is never used again, and writes what deployments name to image.txt:
# REPOSITORY@sha256:…. The image of the service holds the model in production, or the one in MODEL, and starts with no
# other.
#   REGISTRY_USER=… REGISTRY_PASSWORD=… sh scripts/push_image.sh registry.example.org/team/service
#   REGISTRY_USER=… REGISTRY_PASSWORD=… sh scripts/push_image.sh registry.example.org/team/pipeline pipeline
set -eu
BUILDKIT=moby/buildkit:v0.23.2
repository=$1
model=${MODEL:-models/production}
revision=${GITHUB_SHA:-${CI_COMMIT_SHA:-$(git rev-parse HEAD)}}
tag=$(printf %.12s "$revision")
if [ "${2:-service}" = pipeline ]; then
    set -- --file deploy/pipeline.Dockerfile --build-arg "COMMIT=$revision"
else
    manifest=$model/manifest.json
    version=$(sed -n 's/^ *"version": *"\([0-9A-Za-z._-]*\)",*$/\1/p' "$manifest" | head -n 1)
    if [ -z "$version" ]; then
        echo "$model has no version: nothing to push" >&2
        exit 1
    fi
    digest=$({ sha256sum "$manifest" 2>/dev/null || shasum -a 256 "$manifest"; } | cut -c 1-64)
    if [ "${MODEL_DIGEST:-$digest}" != "$digest" ]; then
        echo "$model is not the model that was judged: its manifest has another sha256" >&2
        exit 1
    fi
    tag=$version-$tag
    set -- --build-arg "MODEL=$model" --build-arg "MODEL_DIGEST=$digest"
fi
printf %s "$REGISTRY_PASSWORD" | docker login "${repository%%/*}" --username "$REGISTRY_USER" --password-stdin
# the same model and code have been pushed when a run is repeated
if ! docker buildx imagetools inspect "$repository:$tag" >/dev/null 2>&1; then
    # provenance needs a builder of its own, and that a context which takes along how the daemon is reached
    if ! docker buildx inspect release >/dev/null 2>&1; then
        docker context inspect release >/dev/null 2>&1 || docker context create release
        docker buildx create --name release --driver docker-container --driver-opt "image=$BUILDKIT" release
    fi
    docker buildx build --builder release "$@" --provenance mode=max --push \
        --label "org.opencontainers.image.version=$tag" --label "org.opencontainers.image.revision=$revision" \
        --tag "$repository:$tag" .
fi
digest=$(docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$repository:$tag")
case $digest in
sha256:*) ;;
*)
    echo "the registry gives no digest of $repository:$tag" >&2
    exit 1
    ;;
esac
echo "$repository@$digest" | tee image.txt
