export {
  issueDateText,
  numberText,
  urgencyText,
  type BodyBlock,
  type LetterDraft,
  type Urgency,
} from './draft.ts';
export { layoutLetter, type Letter } from './layout.ts';
export type { PlacedField } from './page.ts';
