import type { ReactNode } from 'react';
import type { CheckedFacts } from '#contracts/signatures';
import { useLanguage } from '../../../ui/language.tsx';
import { VerdictMark } from './Verdict.tsx';
import { useCheckTexts } from './texts.ts';
import classes from './Report.module.css';

function Line({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactNode {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  );
}

const lines = (texts: readonly string[]): ReactNode =>
  texts.length === 1 ? (
    texts[0]
  ) : (
    <ul>
      {texts.map((text) => (
        <li key={text}>{text}</li>
      ))}
    </ul>
  );

/** Every signature in words: who, when and how that is known, what became of the document since, and why. */
export function SignatureList({ facts }: { readonly facts: CheckedFacts }): ReactNode {
  const check = useCheckTexts();
  const { language } = useLanguage();
  const { signatures, reasons } = facts[language];
  if (signatures.length === 0 && reasons.length === 0) return null;
  return (
    <section className={classes.panel} aria-label={check.signatures}>
      <h2>{check.signatures}</h2>
      <ol className={classes.signatures}>
        {signatures.map((signature, index) => (
          <li key={index}>
            <div className={classes.head}>
              <h3>{check.signature(index + 1)}</h3>
              <VerdictMark verdict={facts.signatureVerdicts[index] ?? 'indeterminate'} />
            </div>
            <dl>
              <Line label={check.who}>{signature.who}</Line>
              <Line label={check.when}>{signature.when}</Line>
              {signature.changes.length > 0 ? (
                <Line label={check.since}>{lines(signature.changes)}</Line>
              ) : null}
              {signature.reasons.length > 0 ? (
                <Line label={check.reasons}>{lines(signature.reasons)}</Line>
              ) : null}
              {signature.lasting === '' ? null : <Line label={check.lasting}>{signature.lasting}</Line>}
            </dl>
          </li>
        ))}
      </ol>
      {reasons.length > 0 ? (
        <>
          <h3>{check.reasonsAbout}</h3>
          {lines(reasons)}
        </>
      ) : null}
    </section>
  );
}

/** Whether the document was made by a program or scanned from paper, and how that is known. */
export function DocumentKind({ facts }: { readonly facts: CheckedFacts }): ReactNode {
  const check = useCheckTexts();
  const { language } = useLanguage();
  const { document } = facts;
  if (!document) return null;
  return (
    <section className={classes.panel} aria-label={check.document}>
      <h2>{check.document}</h2>
      <p className={classes.kind}>{document[language]}</p>
      <h3>{check.documentWhy}</h3>
      <ul className={classes.why}>
        {document.reasons.map((reason) => (
          <li key={reason.vi}>{reason[language]}</li>
        ))}
      </ul>
    </section>
  );
}

/** The document saving by saving: choosing one shows it as it stood then, and what that saving changed. */
export function Revisions({
  facts,
  chosen,
  onChoose,
}: {
  readonly facts: CheckedFacts;
  readonly chosen: number;
  onChoose(number: number): void;
}): ReactNode {
  const check = useCheckTexts();
  const { language } = useLanguage();
  const { revisions } = facts;
  if (revisions.length < 2) return null;
  const now = revisions.find((one) => one.number === chosen);
  const firstSigned = revisions.find((one) => one.signatures.length > 0)?.number ?? Infinity;
  const titleOf = ({ number, signatures }: CheckedFacts['revisions'][number]): string => {
    const names = signatures.map((at) => facts[language].signatures[at]?.who.replace(/[,(].*$/s, '').trim());
    if (names.length > 0) return check.revisionSigned(names.join(', '));
    return number === 1 ? check.revisionFirst : check.revisionSaved;
  };
  return (
    <section className={`${classes.panel} ${classes.onScreen}`} aria-label={check.revisions}>
      <h2>{check.revisions}</h2>
      <p className={classes.hint}>{check.revisionsHint}</p>
      <ol className={classes.strip}>
        {revisions.map((revision) => (
          <li key={revision.number}>
            <button
              type="button"
              aria-pressed={revision.number === chosen}
              onClick={() => onChoose(revision.number)}
            >
              <span className={classes.number} aria-hidden="true">
                {revision.number}
              </span>
              <span>
                <span className="visually-hidden">{check.revision(revision.number)}: </span>
                {titleOf(revision)}
                {revision.number === revisions.length ? ` (${check.revisionNow})` : ''}
              </span>
            </button>
          </li>
        ))}
      </ol>
      <div role="status">
        <h3>
          {check.changedHere} ({chosen})
        </h3>
        {now && now.changes.length > 0 ? (
          <ul className={classes.why}>
            {now.changes.map((change) => (
              <li key={change.vi}>
                {change[language]} – <strong>{change.permitted ? check.permitted : check.forbidden}</strong>
              </li>
            ))}
          </ul>
        ) : (
          <p className={classes.hint}>
            {chosen <= firstSigned ? check.changedNothing : titleOf(now ?? revisions[0]!)}
          </p>
        )}
      </div>
    </section>
  );
}
