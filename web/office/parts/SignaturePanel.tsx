import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { FileInfo } from '#contracts/documents';
import { formatDateTime } from '../../ui/format.ts';
import { useTexts } from '../../ui/language.tsx';
import { VerdictTag } from './Tags.tsx';
import classes from './SignaturePanel.module.css';

/** The signatures of a file in words that a clerk acts on: who, when, what it covers, whether it holds. */
export function SignaturePanel({ file }: { readonly file: FileInfo }): ReactNode {
  const { documents } = useTexts();
  const { signatures } = file;
  if (!signatures) return null;
  return (
    <div className={classes.box} data-verdict={signatures.verdict}>
      <div className={classes.head}>
        <VerdictTag verdict={signatures.verdict} />
        <Text size="sm">{documents.verdictMeans[signatures.verdict]}</Text>
      </div>
      {signatures.signatures.length > 0 ? (
        <ul className={classes.list}>
          {signatures.signatures.map((signature, index) => (
            <li key={index}>
              <strong>{signature.signer}</strong>
              <span>
                {signature.signedAt ? `${documents.files.at} ${formatDateTime(signature.signedAt)} · ` : ''}
                {signature.coversWholeFile === null
                  ? ''
                  : signature.coversWholeFile
                    ? documents.files.whole
                    : signature.verdict === 'valid'
                      ? documents.files.onlyPermitted
                      : documents.files.notWhole}
              </span>
              {signature.reason ? <span className={classes.reason}>{signature.reason}</span> : null}
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}
