import { TextInput, type TextInputProps } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { formatDate } from './format.ts';
import { useTexts } from './language.tsx';

/** 24/11/2026, 24-11-2026, 24.11.2026, 24112026, 24/11 of this year; null when it is no date. */
export function parseDate(text: string, thisYear: number): string | null {
  const match =
    /^(\d{1,2})[/.\- ](\d{1,2})(?:[/.\- ](\d{4}))?$/.exec(text.trim()) ??
    /^(\d{2})(\d{2})(\d{4})$/.exec(text.trim());
  if (!match) return null;
  const [day, month, year] = [Number(match[1]), Number(match[2]), Number(match[3] ?? thisYear)];
  const at = new Date(Date.UTC(year, month - 1, day));
  if (at.getUTCMonth() !== month - 1 || at.getUTCDate() !== day || year < 1945 || year > 2200) return null;
  return at.toISOString().slice(0, 10);
}

/**
 * A date as it is written in Viet Nam, dd/MM/yyyy, whatever the language of the browser is. Nothing is reformatted
 * while it is typed; leaving the field settles it.
 * @param value yyyy-MM-dd, or empty
 */
export function DateField({
  value,
  onChange,
  ...props
}: Omit<TextInputProps, 'value' | 'onChange' | 'error'> & {
  readonly value: string;
  onChange(next: string): void;
}): ReactNode {
  const { common } = useTexts();
  const [typed, setTyped] = useState<string | null>(null);
  const [wrong, setWrong] = useState(false);
  const settle = (): void => {
    if (typed === null) return;
    const parsed = typed.trim() === '' ? '' : parseDate(typed, new Date().getFullYear());
    setWrong(parsed === null);
    if (parsed === null) return;
    setTyped(null);
    onChange(parsed);
  };
  return (
    <TextInput
      {...props}
      placeholder={common.datePlaceholder}
      value={typed ?? (value === '' ? '' : formatDate(value))}
      onChange={(event) => {
        const text = event.currentTarget.value;
        setTyped(text);
        // What is already a whole date counts at once, so that Ctrl+Enter from inside the field takes it along.
        const parsed = text.trim() === '' ? '' : /\d{4}$/.test(text.trim()) ? parseDate(text, 0) : null;
        if (parsed !== null) {
          setWrong(false);
          onChange(parsed);
        }
      }}
      onBlur={settle}
      error={wrong ? common.dateWrong : undefined}
      autoComplete="off"
    />
  );
}
