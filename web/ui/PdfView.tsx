import { ActionIcon, Group, Text } from '@mantine/core';
import { IconDownload, IconZoomIn, IconZoomOut } from '@tabler/icons-react';
import type { PDFDocumentProxy } from 'pdfjs-dist';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import classes from './PdfView.module.css';
import { useTexts } from './language.tsx';
import { Waiting } from './Waiting.tsx';

/** A place on a page, in points from its lower left corner, as PDF counts. */
export interface PagePlace {
  readonly page: number;
  readonly x: number;
  readonly y: number;
}

async function openPdf(from: string | Blob): Promise<PDFDocumentProxy> {
  const [pdfjs, worker] = await Promise.all([
    import('pdfjs-dist'),
    import('pdfjs-dist/build/pdf.worker.min.mjs?url'),
  ]);
  pdfjs.GlobalWorkerOptions.workerSrc = worker.default;
  if (typeof from === 'string')
    return await pdfjs.getDocument({ url: from, withCredentials: true, enableXfa: false }).promise;
  // A file of the reader's own: it is shown from memory, and nothing of it travels.
  const data = new Uint8Array(await from.arrayBuffer());
  return await pdfjs.getDocument({ data, enableXfa: false }).promise;
}

function PdfPage({
  pdf,
  number,
  zoom,
  width,
  onPlace,
  mark = null,
}: {
  readonly pdf: PDFDocumentProxy;
  readonly number: number;
  readonly zoom: number;
  readonly width: number;
  readonly onPlace?: ((place: PagePlace) => void) | undefined;
  readonly mark?: PagePlace | null;
}): ReactNode {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const layer = useRef<HTMLDivElement>(null);
  const { pdf: texts } = useTexts();
  const [failed, setFailed] = useState(false);
  const scale = useRef(1);
  useEffect(() => {
    let task: { cancel(): void } | undefined;
    let gone = false;
    const draw = async (): Promise<void> => {
      const [pdfjs, page] = await Promise.all([import('pdfjs-dist'), pdf.getPage(number)]);
      const surface = canvas.current;
      if (gone || !surface || !layer.current || !frame.current) return;
      const natural = page.getViewport({ scale: 1 });
      const viewport = page.getViewport({ scale: (width / natural.width) * zoom });
      scale.current = viewport.scale;
      const density = Math.min(window.devicePixelRatio || 1, 2);
      surface.width = Math.floor(viewport.width * density);
      surface.height = Math.floor(viewport.height * density);
      frame.current.style.width = `${viewport.width}px`;
      frame.current.style.height = `${viewport.height}px`;
      frame.current.style.setProperty('--scale-factor', String(viewport.scale));
      frame.current.style.setProperty('--total-scale-factor', String(viewport.scale));
      const context = surface.getContext('2d');
      if (!context) return;
      const rendering = page.render({
        canvas: surface,
        canvasContext: context,
        viewport,
        ...(density === 1 ? {} : { transform: [density, 0, 0, density, 0, 0] }),
      });
      task = rendering;
      await rendering.promise;
      if (gone) return;
      layer.current.replaceChildren();
      const textLayer = new pdfjs.TextLayer({
        textContentSource: page.streamTextContent(),
        container: layer.current,
        viewport,
      });
      await textLayer.render();
    };
    draw().catch((error: unknown) => {
      if (!gone && (error as Error).name !== 'RenderingCancelledException') setFailed(true);
    });
    return () => {
      gone = true;
      task?.cancel();
    };
  }, [pdf, number, zoom, width]);
  return (
    <div ref={frame} className={classes.page} role="group" aria-label={texts.page(number, pdf.numPages)}>
      <canvas ref={canvas} className={classes.canvas} aria-hidden="true" />
      {failed ? <Text className={classes.failed}>{texts.failed}</Text> : null}
      <div ref={layer} className={`textLayer ${classes.text}`} />
      {mark ? (
        <span
          className={classes.mark}
          aria-hidden="true"
          style={{
            left: `calc(${mark.x - 71}px * var(--scale-factor))`,
            bottom: `calc(${mark.y - 37}px * var(--scale-factor))`,
          }}
        />
      ) : null}
      {onPlace ? (
        <button
          type="button"
          className={classes.place}
          aria-label={texts.choosePlace(number)}
          onClick={(event) => {
            const box = event.currentTarget.getBoundingClientRect();
            onPlace({
              page: number,
              x: (event.clientX - box.left) / scale.current,
              y: (box.bottom - event.clientY) / scale.current,
            });
          }}
        />
      ) : null}
    </div>
  );
}

/** Shows a PDF page by page with its text layer, so that it can be searched, copied and read out. */
export function PdfView({
  url,
  name,
  onPlace,
  mark = null,
}: {
  /** An address, or the bytes themselves. */
  readonly url: string | Blob;
  readonly name: string;
  readonly onPlace?: (place: PagePlace) => void;
  /** A place to show, as a frame of the size of a signature. */
  readonly mark?: PagePlace | null;
}): ReactNode {
  const { pdf: texts } = useTexts();
  const box = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<{ pdf?: PDFDocumentProxy; failed?: boolean }>({});
  const [zoom, setZoom] = useState(1);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    let opened: PDFDocumentProxy | undefined;
    let gone = false;
    openPdf(url).then(
      (pdf) => {
        opened = pdf;
        if (gone) void pdf.cleanup();
        else setState({ pdf });
      },
      () => !gone && setState({ failed: true }),
    );
    return () => {
      gone = true;
      void opened?.loadingTask.destroy();
    };
  }, [url]);
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() =>
      setWidth(Math.max(240, Math.min(900, element.clientWidth - 24))),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const { pdf } = state;
  return (
    <section className={classes.view} aria-label={name}>
      <Group className={classes.bar} gap="xs" wrap="nowrap">
        <Text size="sm" fw={500} truncate className={classes.name}>
          {name}
        </Text>
        <Text size="sm" c="dimmed" className={classes.count}>
          {pdf ? texts.pages(pdf.numPages) : ''}
        </Text>
        <ActionIcon
          variant="subtle"
          aria-label={texts.zoomOut}
          onClick={() => setZoom((now) => Math.max(0.5, now - 0.25))}
        >
          <IconZoomOut size={20} />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          aria-label={texts.zoomIn}
          onClick={() => setZoom((now) => Math.min(3, now + 0.25))}
        >
          <IconZoomIn size={20} />
        </ActionIcon>
        {typeof url === 'string' ? (
          <ActionIcon component="a" href={url} download={name} variant="subtle" aria-label={texts.download}>
            <IconDownload size={20} />
          </ActionIcon>
        ) : null}
      </Group>
      {/* A region that scrolls must be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={classes.scroll} ref={box} tabIndex={0} role="region" aria-label={texts.content}>
        {state.failed ? (
          <Text p="xl" role="alert">
            {texts.failed}
          </Text>
        ) : null}
        {!pdf && !state.failed ? <Waiting label={texts.loading} /> : null}
        {pdf && width > 0
          ? Array.from({ length: pdf.numPages }, (_, index) => (
              <PdfPage
                key={index}
                pdf={pdf}
                number={index + 1}
                zoom={zoom}
                width={width}
                onPlace={onPlace}
                mark={mark?.page === index + 1 ? mark : null}
              />
            ))
          : null}
      </div>
    </section>
  );
}
