import { textOf, type XmlElement } from '#formats/xml';
import { readDate } from './dates.ts';
import type { Repair } from './types.ts';

/**
 * Finds elements by local name in any order, whatever their prefix and namespace; one vendor's letter case is mended
 * and told.
 */
export interface Lookup {
  child(element: XmlElement | undefined, name: string): XmlElement | undefined;
  children(element: XmlElement | undefined, name: string): readonly XmlElement[];
  /** The trimmed text of a child, as written; undefined when the child is missing. */
  text(element: XmlElement | undefined, name: string): string | undefined;
  /** A whole number, or the fallback; told when the text is none. */
  integer(element: XmlElement | undefined, name: string, fallback: number): number;
  /** yyyy-MM-dd; undefined when missing or unreadable, which is told. */
  date(element: XmlElement | undefined, name: string): string | undefined;
}

export function createLookup(tell: (repair: Repair) => void): Lookup {
  const children = (element: XmlElement | undefined, name: string): readonly XmlElement[] => {
    if (!element) return [];
    const exact = element.children.filter((child) => child.local === name);
    if (exact.length > 0) return exact;
    const folded = element.children.filter((child) => child.local.toLowerCase() === name.toLowerCase());
    if (folded.length > 0) tell({ code: 'element-case', detail: `${folded[0]?.local} as ${name}` });
    return folded;
  };
  const child = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
    children(element, name)[0];
  const text = (element: XmlElement | undefined, name: string): string | undefined => {
    const found = child(element, name);
    return found === undefined ? undefined : textOf(found).trim();
  };
  return {
    child,
    children,
    text,
    integer(element, name, fallback) {
      const given = text(element, name);
      if (given === undefined || given === '') return fallback;
      if (/^[+-]?\d{1,9}$/.test(given)) return Number(given);
      tell({ code: 'number-unreadable', detail: `${name}: ${given.slice(0, 40)}` });
      return fallback;
    },
    date(element, name) {
      const given = text(element, name);
      if (given === undefined || given === '') return undefined;
      const read = readDate(given);
      if (read === null) {
        tell({ code: 'date-unreadable', detail: `${name}: ${given.slice(0, 40)}` });
        return undefined;
      }
      if (!read.standard) tell({ code: 'date-format', detail: `${name}: ${given.slice(0, 40)}` });
      return read.date;
    },
  };
}

/** Leaves out what is undefined, so that optional fields are missing rather than undefined. */
export function present<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
