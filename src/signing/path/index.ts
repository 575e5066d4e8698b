export { defaultBuildLimits, findPath, findPaths, type BuildInput, type BuildLimits } from './build.ts';
export type { PolicyInputs } from './policy.ts';
export type {
  AcceptAlgorithm,
  InvalidPath,
  PathFault,
  PathOptions,
  Signed,
  TrustAnchor,
  TrustPurpose,
  ValidPath,
} from './types.ts';
export { acceptStrong, validatePath } from './validate.ts';
