export { VerifyFileError } from './errors.ts';
export { checkedFileText } from './text.ts';
export {
  problemOf,
  verifyFile,
  type CheckedFile,
  type CheckedPart,
  type FileProblem,
  type VerifyFileOptions,
} from './verifyFile.ts';
