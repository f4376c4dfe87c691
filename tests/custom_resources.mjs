// Validates resources that Kubernetes itself does not know: node tests/custom_resources.mjs < LIST.json
// Prints what is wrong with each of the list, as JSON; null where nothing is.
import { readFileSync } from 'node:fs';
import { AnalysisTemplate, Rollout } from '@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1';
import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1';

const kinds = { AnalysisTemplate, HTTPRoute, Rollout };
const found = JSON.parse(readFileSync(0, 'utf8')).map(resource => {
  try {
    new kinds[resource.kind](resource).validate();
    return null;
  } catch (error) {
    return error.message;
  }
});
process.stdout.write(JSON.stringify(found));
