/**
 * Reads a date as senders write it: yyyy/MM/dd, yyyy-MM-dd, dd/MM/yyyy, ISO 8601 with or without a time. The official
 * reader makes the year 0036 out of 30/10/2020; years before 1945 are refused here.
 * @returns yyyy-MM-dd and whether the text had the standard's own form; null when it is no date
 */
export function readDate(text: string): { readonly date: string; readonly standard: boolean } | null {
  const trimmed = text.trim();
  const forward = /^(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?:[T ].*)?$/.exec(trimmed);
  const backward = /^(\d{1,2})[-/](\d{1,2})[-/](\d{4})(?:[T ].*)?$/.exec(trimmed);
  const [year, month, day] = forward
    ? [Number(forward[1]), Number(forward[3]), Number(forward[4])]
    : backward
      ? [Number(backward[3]), Number(backward[2]), Number(backward[1])]
      : [0, 0, 0];
  if (year < 1945 || year > 2200) return null;
  const at = new Date(Date.UTC(year, month - 1, day));
  if (at.getUTCMonth() !== month - 1 || at.getUTCDate() !== day) return null;
  return { date: at.toISOString().slice(0, 10), standard: forward?.[2] === '/' };
}

/** Reads a time `yyyy/MM/dd HH:mm:ss` of Viet Nam, or any date; null when it is none. */
export function readTimestamp(text: string): Date | null {
  const found = readDate(text);
  if (!found) return null;
  const time = /(\d{1,2}):(\d{2})(?::(\d{2}))?/.exec(text);
  const [hour, minute, second] = time ? [Number(time[1]), Number(time[2]), Number(time[3] ?? 0)] : [0, 0, 0];
  if (hour > 23 || minute > 59 || second > 59) return null;
  const two = (value: number): string => String(value).padStart(2, '0');
  return new Date(`${found.date}T${two(hour)}:${two(minute)}:${two(second)}+07:00`);
}

/** yyyy/MM/dd out of yyyy-MM-dd. */
export function writeDate(date: string): string {
  return date.replaceAll('-', '/');
}

/** yyyy/MM/dd HH:mm:ss in Viet Nam. */
export function writeTimestamp(at: Date): string {
  const iso = new Date(at.getTime() + 7 * 3_600_000).toISOString();
  return `${iso.slice(0, 10).replaceAll('-', '/')} ${iso.slice(11, 19)}`;
}
