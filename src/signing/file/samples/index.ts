import {
  createPdf,
  dict,
  fieldDict,
  name,
  newForm,
  textString,
  timesRoman,
  type FileOriginKind,
  type PdfRef,
} from '#formats/pdf';
import type { SignedState } from '../documentClass.ts';
import { addPage, digitalRecipes, scanRecipes, type Recipe } from './pages.ts';
import { seeded, type Random } from './random.ts';

/** What a made file is; the classifier never sees this. */
export interface Sample {
  readonly origin: Exclude<FileOriginKind, 'empty'>;
  readonly signed: SignedState;
  /** Whose signature, where there is one. */
  readonly by: 'officer' | 'organisation';
  readonly recipes: readonly Recipe[];
  /** Not signed yet; with the fields of a letter. */
  readonly pdf: Uint8Array;
}

const producers = [
  'Microsoft Word for Microsoft 365',
  'LibreOffice 7.4',
  'Canon iR-ADV C5535',
  'CamScanner',
  'ABBYY FineReader PDF 15',
  'OCRmyPDF 16 / Tesseract',
  'Adobe Acrobat Pro',
  'KONICA MINOLTA bizhub C368',
  'Phi Giấy',
  'iText 7',
] as const;

/** A file of the kind wanted, its pages drawn by recipes. The producer's name is drawn by lot: it says nothing. */
export function makeSample(seed: number): Sample {
  const random = seeded(seed);
  const kind = random.next();
  const origin = kind < 0.45 ? 'born-digital' : kind < 0.85 ? 'scan' : 'mixed';
  const state = random.next();
  const signed = state < 0.4 ? 'unsigned' : state < 0.8 ? 'signed' : 'broken';
  const recipes = recipesOf(random, origin);
  return {
    origin,
    signed,
    by: random.chance(origin === 'scan' ? 0.8 : 0.4) ? 'organisation' : 'officer',
    recipes,
    pdf: write(random, recipes),
  };
}

function recipesOf(random: Random, origin: Sample['origin']): Recipe[] {
  const count = random.integer(1, 4);
  const of = (from: readonly Recipe[], many: number): Recipe[] =>
    Array.from({ length: many }, () => random.pick(from));
  const blank: Recipe[] = random.chance(0.1) ? ['blank'] : [];
  if (origin === 'born-digital') return [...of(digitalRecipes, count), ...blank];
  if (origin === 'scan') return [...of(scanRecipes, Math.min(count, 2)), ...blank];
  return [...of(digitalRecipes, count), ...of(scanRecipes, random.integer(1, 2)), ...blank];
}

function write(random: Random, recipes: readonly Recipe[]): Uint8Array {
  const writer = createPdf();
  const catalog = writer.allocate();
  const tree = writer.allocate();
  const pages = recipes.map((recipe) => addPage(writer, tree, random, recipe));
  const first = pages[0] as PdfRef;
  const fields = ['ky_nguoi_co_tham_quyen', 'ky_co_quan'].map((field, index) =>
    writer.addObject(
      fieldDict({ field, page: 1, rect: [300, 100 + index * 60, 440, 150 + index * 60] }, first, undefined),
    ),
  );
  const firstDict = writer.value(first);
  if (firstDict !== null && typeof firstDict === 'object' && 'kind' in firstDict && firstDict.kind === 'dict')
    firstDict.entries.set('Annots', fields);
  writer.setObject(tree, dict({ Type: name('Pages'), Kids: pages, Count: pages.length }));
  writer.setObject(
    catalog,
    dict({
      Type: name('Catalog'),
      Pages: tree,
      AcroForm: writer.addObject(newForm(fields, writer.addObject(timesRoman))),
    }),
  );
  const producer = random.pick(producers);
  writer.setTrailer({
    Root: catalog,
    Info: writer.addObject(dict({ Producer: textString(producer), Creator: textString(producer) })),
  });
  return writer.finish().bytes;
}
