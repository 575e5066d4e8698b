import { Button } from '@mantine/core';
import { IconDownload, IconFile, IconFileTypePdf } from '@tabler/icons-react';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import type { FileInfo } from '#contracts/documents';
import { EmptyNote } from '../../ui/EmptyNote.tsx';
import { formatBytes } from '../../ui/format.ts';
import { useTexts } from '../../ui/language.tsx';
import classes from '../pages/pages.module.css';

const PdfView = lazy(async () => ({ default: (await import('../../ui/PdfView.tsx')).PdfView }));

/** The files of a document: the chosen one beside its form, the others one press away. */
export function FileReader({ files }: { readonly files: readonly FileInfo[] }): ReactNode {
  const { documents, common, pdf } = useTexts();
  const [chosen, setChosen] = useState<string | null>(null);
  const file = files.find((candidate) => candidate.id === chosen) ?? files[0];
  if (!file) return <EmptyNote icon={IconFile} title={documents.incoming.noFile} />;
  const address = `/api/documents/files/${file.id}`;
  return (
    <div className={classes.reader}>
      <div className={classes.fileTabs} role="group" aria-label={documents.incoming.chooseFile}>
        {files.map((candidate) => (
          <Button
            key={candidate.id}
            size="compact-sm"
            variant={candidate.id === file.id ? 'filled' : 'default'}
            aria-pressed={candidate.id === file.id}
            leftSection={
              candidate.contentType === 'application/pdf' ? (
                <IconFileTypePdf size={16} />
              ) : (
                <IconFile size={16} />
              )
            }
            onClick={() => setChosen(candidate.id)}
          >
            {candidate.name} · {formatBytes(candidate.size)}
          </Button>
        ))}
      </div>
      {file.contentType === 'application/pdf' ? (
        <Suspense fallback={<p role="status">{common.loading}</p>}>
          <PdfView key={file.sha256} url={address} name={file.name} />
        </Suspense>
      ) : (
        <EmptyNote icon={IconFile} title={file.name}>
          <Button component="a" href={address} download={file.name} leftSection={<IconDownload size={18} />}>
            {pdf.download}
          </Button>
        </EmptyNote>
      )}
    </div>
  );
}
