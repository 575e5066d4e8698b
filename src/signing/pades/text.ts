import { decodeText, isKind, type PdfDocument, type PdfValue } from '#formats/pdf';

/** The text of a string entry, or undefined. */
export function textOf(document: PdfDocument, value: PdfValue | undefined): string | undefined {
  const resolved = document.resolve(value);
  return isKind(resolved, 'string') ? decodeText(resolved).slice(0, 1000) : undefined;
}

/** A date of §7.9.4: `D:YYYYMMDDHHmmSS+07'00'`; undefined when it is not one. */
export function dateOfPdf(document: PdfDocument, value: PdfValue | undefined): Date | undefined {
  const text = textOf(document, value);
  const match = /^D:(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:Z|([+-])(\d{2})'?(\d{2})?'?)?/.exec(
    text ?? '',
  );
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, sign, hours = '0', minutes = '0'] = match;
  const zone = sign === undefined ? '+00:00' : `${sign}${hours.padStart(2, '0')}:${minutes.padStart(2, '0')}`;
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
