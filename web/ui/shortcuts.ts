import { useEffect, useRef } from 'react';

/** A key, or a chord: `j`, `?`, `Ctrl+Enter`, `Alt+S`, `F2`. */
export type Shortcuts = Readonly<Record<string, (() => void) | undefined>>;

const editable = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) ||
    target.getAttribute('role') === 'combobox');

function nameOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 && !event.shiftKey ? event.key.toLowerCase() : event.key;
  const chord = `${event.ctrlKey || event.metaKey ? 'Ctrl+' : ''}${event.altKey ? 'Alt+' : ''}`;
  // With Alt some layouts type another character: the physical key counts.
  return `${chord}${event.altKey && event.code.startsWith('Key') ? event.code.slice(3) : key}`;
}

/**
 * Keyboard shortcuts of a page. Bare letters do nothing while text is being entered, and nothing at all happens
 * while an input method composes (Telex, VNI): Vietnamese typing tools send and take back single keys.
 */
export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.isComposing || event.key === 'Process' || event.repeat) return;
      const name = nameOf(event);
      const chord = event.ctrlKey || event.metaKey || event.altKey || /^F\d/.test(event.key);
      if (editable(event.target) && !chord) return;
      if (document.querySelector('[role="dialog"][aria-modal="true"]') && !chord) return;
      const action = latest.current[name];
      if (!action) return;
      event.preventDefault();
      action();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
