export {
  acceptByDate,
  digestCounts,
  signatureCounts,
  type AlgorithmRules,
  type DigestRule,
  type KeyRule,
} from './algorithms.ts';
export { defaultPolicy, PolicyError, policySchema, readPolicy, type ValidationPolicy } from './policy.ts';
