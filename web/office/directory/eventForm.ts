import type { OrganisationEvent } from '#contracts/directory';

export type EventKind = OrganisationEvent['kind'];
/** An event as it stands in a form: texts only. */
export interface EventDraft {
  readonly key: string;
  readonly kind: EventKind;
  readonly values: Readonly<Record<string, string>>;
}

/** The inputs of each kind, in order; their labels are texts of the same name. */
export const inputsOf = {
  create: ['name', 'code', 'code102', 'parent'],
  rename: ['body', 'name'],
  merge: ['from', 'into', 'name'],
  split: ['splitFrom', 'splitInto', 'letters'],
  dissolve: ['body', 'successor', 'keeper'],
  move: ['body', 'parent'],
  recode: ['body', 'code', 'code102'],
  restore: ['body'],
} as const satisfies Record<EventKind, readonly string[]>;

export const kinds = Object.keys(inputsOf) as EventKind[];

export const newDraft = (kind: EventKind): EventDraft => ({ key: crypto.randomUUID(), kind, values: {} });

const list = (text: string): string[] =>
  text
    .split(/[,;\n]/)
    .map((part) => part.trim())
    .filter(Boolean);

/** The event that a form states; the server says what is missing in it. */
export function eventOf({ kind, values }: EventDraft): OrganisationEvent {
  const text = (name: string): string => (values[name] ?? '').trim();
  const optional = (name: string, as = name): object => (text(name) === '' ? {} : { [as]: text(name) });
  const parent = text('parent') === '' ? null : text('parent');
  switch (kind) {
    case 'create':
      return { kind, name: text('name'), code: text('code'), code102: text('code102'), parent };
    case 'rename':
      return { kind, body: text('body'), name: text('name') };
    case 'merge':
      return { kind, from: list(text('from')), into: text('into'), ...optional('name') };
    case 'split':
      return {
        kind,
        from: text('splitFrom'),
        into: text('splitInto')
          .split('\n')
          .filter((line) => line.trim() !== '')
          .map((line) => {
            const [body = '', fields = ''] = line.split(':');
            return { body: body.trim(), fields: list(fields) };
          }),
        letters: text('letters'),
      };
    case 'dissolve':
      return { kind, body: text('body'), ...optional('successor'), ...optional('keeper') };
    case 'move':
      return { kind, body: text('body'), parent };
    case 'recode':
      return { kind, body: text('body'), code: text('code'), code102: text('code102') };
    case 'restore':
      return { kind, body: text('body') };
  }
}

/** The form of an event that is kept already. */
export function draftOf(event: OrganisationEvent): EventDraft {
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(event)) if (typeof value === 'string') values[name] = value;
  if (event.kind === 'merge') values['from'] = event.from.join(', ');
  if (event.kind === 'split') {
    values['splitFrom'] = event.from;
    values['splitInto'] = event.into.map(({ body, fields }) => `${body}: ${fields.join(', ')}`).join('\n');
  }
  return { key: crypto.randomUUID(), kind: event.kind, values };
}
