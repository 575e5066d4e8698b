import { Button, Progress } from '@mantine/core';
import { IconFileSearch, IconUpload } from '@tabler/icons-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useCheckTexts } from './texts.ts';
import classes from './DropZone.module.css';

/** A place for one file: dropped anywhere on it, or chosen by mouse or keyboard; shows how far the check has come. */
export function DropZone({
  most,
  part,
  onFile,
}: {
  /** The largest file, in words. */
  readonly most: string;
  /** How much is uploaded, 0 to 1; null when nothing is under way. */
  readonly part: number | null;
  onFile(file: File): void;
}): ReactNode {
  const check = useCheckTexts();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const busy = part !== null;
  useEffect(() => {
    // A file that misses the place must not replace the page.
    const stay = (event: DragEvent): void => event.preventDefault();
    window.addEventListener('dragover', stay);
    window.addEventListener('drop', stay);
    return () => {
      window.removeEventListener('dragover', stay);
      window.removeEventListener('drop', stay);
    };
  }, []);
  const percent = Math.round((part ?? 0) * 100);
  const words = part !== null && part < 1 ? check.uploading(percent) : check.checking;
  // Dropping is one way more; the button inside does the same for keyboard and mouse.
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      role="group"
      aria-label={check.choose}
      className={classes.zone}
      data-over={over}
      onDragEnter={() => setOver(true)}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={(event) => {
        setOver(false);
        const file = event.dataTransfer.files[0];
        if (file && !busy) onFile(file);
      }}
    >
      <IconFileSearch size={56} stroke={1.3} aria-hidden="true" className={classes.icon} />
      {busy ? (
        <div className={classes.progress} role="status">
          <p className={classes.drop}>{words}</p>
          <Progress value={percent} animated={percent === 100} size="lg" aria-label={words} />
        </div>
      ) : (
        <>
          <p className={classes.drop}>{over ? check.dropNow : check.drop}</p>
          <p className={classes.or}>{check.or}</p>
          <Button size="lg" leftSection={<IconUpload size={20} />} onClick={() => input.current?.click()}>
            {check.choose}
          </Button>
          <p className={classes.kinds}>{check.kinds(most)}</p>
        </>
      )}
      <input
        ref={input}
        type="file"
        hidden
        accept=".pdf,.edxml,.xml,.p7s,.p7m,.asice,.asics,.sce,.scs,application/pdf"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = '';
          if (file) onFile(file);
        }}
      />
    </div>
  );
}
