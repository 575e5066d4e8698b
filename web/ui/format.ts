const zone = 'Asia/Ho_Chi_Minh';
const dateTime = new Intl.DateTimeFormat('vi-VN', {
  timeZone: zone,
  day: '2-digit',
  month: '2-digit',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const date = new Intl.DateTimeFormat('vi-VN', {
  timeZone: zone,
  day: '2-digit',
  month: '2-digit',
  year: 'numeric',
});
const number = new Intl.NumberFormat('vi-VN');

function parts(format: Intl.DateTimeFormat, at: Date): Record<string, string> {
  return Object.fromEntries(format.formatToParts(at).map((part) => [part.type, part.value]));
}

/** dd/MM/yyyy, in the zone of Viet Nam wherever the browser is. */
export function formatDate(iso: string): string {
  const { day, month, year } = parts(date, new Date(iso.length === 10 ? `${iso}T00:00:00+07:00` : iso));
  return `${day}/${month}/${year}`;
}

/** HH:mm dd/MM/yyyy. */
export function formatDateTime(iso: string): string {
  const { day, month, year, hour, minute } = parts(dateTime, new Date(iso));
  return `${hour}:${minute} ${day}/${month}/${year}`;
}

/** 1,4 MB */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1_048_576) return `${number.format(Math.round(bytes / 1024))} KB`;
  return `${number.format(Math.round((bytes / 1_048_576) * 10) / 10)} MB`;
}
