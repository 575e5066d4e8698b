export { TokenError, tokenProblems, type PinTries, type TokenProblem } from './errors.ts';
export { openToken, presentTokens, type Token, type TokenKey, type TokenOptions } from './token.ts';
