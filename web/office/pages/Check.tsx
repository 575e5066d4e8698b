import { Anchor, Button, Group } from '@mantine/core';
import { IconDownload, IconPrinter, IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { checkAnswer, checkLimits, type CheckAnswer } from '#contracts/signatures';
import { ApiProblem, ask, upload } from '../../ui/api.ts';
import { Mark } from '../../ui/Brand.tsx';
import { formatBytes } from '../../ui/format.ts';
import { useLanguage, useTexts } from '../../ui/language.tsx';
import { LanguageSwitch } from '../../ui/LanguageSwitch.tsx';
import { PdfView } from '../../ui/PdfView.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { DropZone } from '../parts/check/DropZone.tsx';
import { DocumentKind, Revisions, SignatureList } from '../parts/check/Report.tsx';
import { Verdict, VerdictMark } from '../parts/check/Verdict.tsx';
import { useCheckTexts } from '../parts/check/texts.ts';
import classes from './Check.module.css';

interface Checked {
  readonly file: File;
  readonly answer: CheckAnswer;
}

/** The public page: anybody checks a file, without an account; what is shown of it never leaves the browser again. */
export function CheckPage(): ReactNode {
  const check = useCheckTexts();
  const { common } = useTexts();
  const [part, setPart] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [checked, setChecked] = useState<Checked | null>(null);
  const limits = useQuery({
    queryKey: ['check-limits'],
    queryFn: ({ signal }) => ask('/api/check', checkLimits, signal),
    staleTime: Infinity,
  });
  const mostBytes = limits.data?.mostBytes ?? 50 * 1_048_576;
  useEffect(() => {
    document.title = `${check.title} · Phi Giấy`;
  }, [check.title]);
  const examine = async (file: File): Promise<void> => {
    setError(null);
    setChecked(null);
    if (file.size > mostBytes) {
      setError(
        new ApiProblem(413, { title: check.tooLarge(formatBytes(mostBytes)), next: check.tooLargeNext }),
      );
      return;
    }
    setPart(0);
    try {
      // Without its name: that is nobody's business but the reader's.
      const answer = await upload('/api/check', file.slice(), checkAnswer, setPart);
      setChecked({ file, answer });
      window.scrollTo({ top: 0 });
    } catch (problem) {
      setError(problem);
    } finally {
      setPart(null);
    }
  };
  return (
    <div className={classes.page}>
      <header className={classes.header}>
        <a href="/kiem-tra" className={classes.brand}>
          <Mark size={34} />
          <span>{common.product}</span>
        </a>
        <Group gap="xs">
          <LanguageSwitch />
          <Anchor href="/sign-in" className={classes.signIn}>
            {check.signIn}
          </Anchor>
        </Group>
      </header>
      <main id="content" className={checked ? classes.result : classes.start}>
        {checked ? (
          <Result checked={checked} onAgain={() => setChecked(null)} />
        ) : (
          <>
            <h1 className={classes.title}>{check.title}</h1>
            <p className={classes.lead}>{check.lead}</p>
            <ProblemAlert error={error} />
            <DropZone most={formatBytes(mostBytes)} part={part} onFile={(file) => void examine(file)} />
            <ul className={classes.promises}>
              {check.promises.map((promise) => (
                <li key={promise}>{promise}</li>
              ))}
            </ul>
          </>
        )}
      </main>
    </div>
  );
}

function saveReport({ answer }: Checked): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(
    new Blob([JSON.stringify(answer.report, null, 2)], { type: 'application/json' }),
  );
  link.download = `kiem-tra-${answer.sha256.slice(0, 12)}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function Result({ checked, onAgain }: { readonly checked: Checked; onAgain(): void }): ReactNode {
  const check = useCheckTexts();
  const { language } = useLanguage();
  const { answer, file } = checked;
  const facts = answer.file;
  const viewable = answer.kind === 'pdf';
  const [chosen, setChosen] = useState(facts?.revisions.length ?? 0);
  const end = facts?.revisions.find((one) => one.number === chosen)?.end;
  const shown = useMemo(() => file.slice(0, end ?? file.size), [file, end]);
  return (
    <>
      <Verdict
        verdict={answer.verdict}
        name={file.name}
        summary={facts ? facts[language].summary : check.packageSummary(answer.parts.length)}
        advice={facts ? facts[language].advice : check.packageAdvice}
      />
      <Group className={classes.actions} gap="sm">
        <Button leftSection={<IconRefresh size={18} />} onClick={onAgain}>
          {check.again}
        </Button>
        <Button
          variant="default"
          leftSection={<IconDownload size={18} />}
          onClick={() => saveReport(checked)}
        >
          {check.report}
        </Button>
        <Button variant="default" leftSection={<IconPrinter size={18} />} onClick={() => window.print()}>
          {check.print}
        </Button>
      </Group>
      <div className={viewable ? classes.columns : classes.single}>
        <div className={classes.report}>
          {facts ? (
            <>
              <SignatureList facts={facts} />
              <Revisions facts={facts} chosen={chosen} onChoose={setChosen} />
              <DocumentKind facts={facts} />
            </>
          ) : (
            <PackageFiles answer={answer} />
          )}
          <p className={classes.fingerprint}>
            {check.fingerprint}: <code>{answer.sha256}</code>
          </p>
        </div>
        {viewable ? (
          <div className={classes.viewer}>
            <PdfView key={chosen} url={shown} name={`${file.name} · ${check.revision(chosen)}`} />
          </div>
        ) : null}
      </div>
    </>
  );
}

function PackageFiles({ answer }: { readonly answer: CheckAnswer }): ReactNode {
  const check = useCheckTexts();
  const { language } = useLanguage();
  return (
    <section aria-label={check.files} className={classes.report}>
      <h2 className={classes.filesTitle}>{check.files}</h2>
      {answer.parts.map((one, index) => (
        <section key={index} aria-label={one.name} className={classes.report}>
          <Group gap="sm" className={classes.fileHead}>
            <strong>{one.name}</strong>
            <span>{formatBytes(one.size)}</span>
            {one.file ? <VerdictMark verdict={one.file.verdict} /> : null}
          </Group>
          {one.problem ? <p>{one.problem[language]}</p> : null}
          {one.file ? (
            <>
              <SignatureList facts={one.file} />
              <DocumentKind facts={one.file} />
            </>
          ) : null}
        </section>
      ))}
    </section>
  );
}
