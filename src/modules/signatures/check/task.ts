import type { FileProblem } from '#signing';
import type { CheckAnswer } from '../contract.ts';

/** What the thread is handed: the file, and by whose word it is judged. Certificates and CRLs are DER. */
export interface CheckTask {
  readonly bytes: Uint8Array;
  readonly anchors: readonly Uint8Array[];
  readonly crls: readonly Uint8Array[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What the thread answers; `failed` names an error that nobody expected, never what the file says. */
export type CheckReply =
  | { readonly answer: CheckAnswer }
  | { readonly problem: FileProblem }
  | { readonly failed: string };
