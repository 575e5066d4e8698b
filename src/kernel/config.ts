import { resolve } from 'node:path';
import { z } from 'zod';

/** Settings of one process. Every setting has a name in the environment and a plain explanation for `doctor`. */
export interface Config {
  /** Folder of everything this installation keeps: database, blobs, keys. */
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  /** Address under which browsers and other agencies reach this process. */
  readonly publicUrl: string;
  /** A PostgreSQL >= 15 elsewhere; without it the embedded server in `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** Folder with `postgres`, `initdb`, `pg_ctl` of another PostgreSQL >= 15 for the embedded server. */
  readonly postgresBin: string | undefined;
  /** Where the axis is, for the role `office`. */
  readonly axisUrl: string;
  /** Seconds between "Gửi" and the package leaving the house, during which it can be undone (lesson L8). */
  readonly undoSendSeconds: number;
  /** Milliseconds between two polls of an office at the axis. */
  readonly pollMs: number;
  readonly maxPackageBytes: number;
  /** Largest file that the public check takes. */
  readonly maxCheckBytes: number;
  /** Witnesses that the axis asks to cosign its log (C2SP tlog-witness), their key and address. */
  readonly witnesses: readonly { readonly vkey: string; readonly url: string }[];
  /** How many of them must have cosigned before the log is published; 0: publication does not wait for them. */
  readonly witnessQuorum: number;
  /** Code of the body whose office prepares and signs decisions about the directory. */
  readonly directoryKeeper: string;
  /** Asks OCSP responders, CRLs and issuers that certificates of a document name when it lacks their evidence. */
  readonly fetchEvidence: boolean;
  /** Hosts that may be asked so though they are not on the public Internet. */
  readonly fetchAllow: readonly string[];
  /** Addresses of the proxies whose X-Forwarded-For is believed, as Fastify's trustProxy takes them; empty: none. */
  readonly trustProxy: string;
  /** Who shows it may read /metrics; without one only this machine may. */
  readonly metricsToken: string | undefined;
  readonly logLevel: string;
  readonly sampleData: boolean;
}

const wholeNumber = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

const settings = {
  PHIGIAY_DATA: { schema: z.string().min(1).default('data'), means: 'thư mục dữ liệu' },
  PHIGIAY_HOST: { schema: z.string().min(1).default('127.0.0.1'), means: 'địa chỉ mạng để nghe' },
  PHIGIAY_PORT: { schema: wholeNumber(0, 65_535).default(8080), means: 'cổng, 0–65535' },
  PHIGIAY_URL: { schema: z.url().optional(), means: 'địa chỉ công khai, ví dụ https://phigiay.bo.gov.vn' },
  DATABASE_URL: {
    schema: z
      .string()
      .regex(/^postgres(ql)?:\/\//)
      .optional(),
    means: 'PostgreSQL bên ngoài, ví dụ postgres://người-dùng:mật-khẩu@máy/cơ-sở-dữ-liệu',
  },
  PHIGIAY_POSTGRES_BIN: { schema: z.string().optional(), means: 'thư mục chương trình PostgreSQL >= 15' },
  PHIGIAY_AXIS_URL: { schema: z.url().optional(), means: 'địa chỉ trục liên thông' },
  PHIGIAY_UNDO_SECONDS: {
    schema: wholeNumber(0, 600).default(60),
    means: 'số giây còn hoàn tác được sau khi gửi',
  },
  PHIGIAY_POLL_MS: {
    schema: wholeNumber(50, 600_000).default(2_000),
    means: 'mili giây giữa hai lần hỏi trục',
  },
  PHIGIAY_MAX_PACKAGE_MB: {
    schema: wholeNumber(1, 2_048).default(100),
    means: 'dung lượng gói tin tối đa, MB',
  },
  PHIGIAY_CHECK_MB: {
    schema: wholeNumber(1, 500).default(50),
    means: 'dung lượng tệp tối đa ở trang kiểm tra công khai, MB',
  },
  PHIGIAY_WITNESSES: {
    schema: z
      .string()
      .regex(/^\s*(\S+\s+https?:\/\/[^\s,]+\s*(,\s*(?=\S)|$))*$/)
      .default(''),
    means: 'các bên chứng kiến sổ nhật ký, mỗi bên "khóa địa-chỉ", cách nhau bằng dấu phẩy',
  },
  PHIGIAY_WITNESS_QUORUM: {
    schema: wholeNumber(0, 20).default(0),
    means: 'số bên chứng kiến phải ký trước khi công bố sổ nhật ký, không quá số bên đã khai',
  },
  PHIGIAY_DIRECTORY_KEEPER: {
    schema: z
      .string()
      .regex(/^[0-9A-Za-z.]{1,35}$/)
      .default('G22'),
    means: 'mã cơ quan giữ danh mục cơ quan, ví dụ G22',
  },
  PHIGIAY_FETCH_EVIDENCE: {
    schema: z.enum(['0', '1']).default('0'),
    means: 'hỏi trạng thái chứng thư ở nơi cấp khi tệp không kèm đủ bằng chứng: 1 có, 0 không',
  },
  PHIGIAY_FETCH_ALLOW: {
    schema: z
      .string()
      .regex(/^[\s\w.,:[\]-]*$/)
      .default(''),
    means: 'máy trong mạng riêng được phép hỏi (OCSP, CRL), cách nhau bằng dấu phẩy',
  },
  PHIGIAY_TRUST_PROXY: {
    schema: z
      .string()
      .regex(/^\s*((loopback|linklocal|uniquelocal|[0-9a-f.:]+(\/\d{1,3})?)\s*(,\s*(?=\S)|$))*$/i)
      .default(''),
    means: 'địa chỉ các proxy được tin, cách nhau bằng dấu phẩy, ví dụ loopback hoặc 10.0.0.0/8',
  },
  PHIGIAY_METRICS_TOKEN: {
    schema: z.string().min(16).max(200).optional(),
    means: 'mã để đọc /metrics từ máy khác, ít nhất 16 ký tự',
  },
  PHIGIAY_LOG: {
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('warn'),
    means: 'mức nhật ký: fatal, error, warn, info, debug, trace, silent',
  },
} as const;

const secretSettings: ReadonlySet<string> = new Set(['DATABASE_URL', 'PHIGIAY_METRICS_TOKEN']);

export interface ConfigProblem {
  readonly setting: string;
  readonly given: string;
  /** What the setting is for and what it may hold, in Vietnamese. */
  readonly expected: string;
}

function witnessesOf(text: string): Config['witnesses'] {
  return text
    .split(',')
    .map((one) => one.trim().split(/\s+/))
    .flatMap(([vkey, url]) => (vkey && url ? [{ vkey, url: url.replace(/\/$/, '') }] : []));
}

/**
 * Reads the settings out of an environment.
 * @returns the configuration, or the list of everything that is wrong with the settings, never just the first.
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  overrides: { readonly sampleData?: boolean } = {},
):
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, { schema, means }] of Object.entries(settings)) {
    const given = environment[name] === '' ? undefined : environment[name];
    const parsed = schema.safeParse(given);
    if (parsed.success) values[name] = parsed.data;
    // A connection string may hold a password, and a token is one: their texts are never repeated.
    else
      problems.push({
        setting: name,
        given: secretSettings.has(name) ? '…' : (given ?? ''),
        expected: means,
      });
  }
  const witnesses = witnessesOf((values['PHIGIAY_WITNESSES'] as string | undefined) ?? '');
  const witnessQuorum = (values['PHIGIAY_WITNESS_QUORUM'] as number | undefined) ?? 0;
  if (witnessQuorum > witnesses.length && !problems.some(({ setting }) => /WITNESS/.test(setting))) {
    const expected = settings.PHIGIAY_WITNESS_QUORUM.means;
    problems.push({ setting: 'PHIGIAY_WITNESS_QUORUM', given: String(witnessQuorum), expected });
  }
  if (problems.length > 0) return { ok: false, problems };
  const host = values['PHIGIAY_HOST'] as string;
  const port = values['PHIGIAY_PORT'] as number;
  const publicUrl = (values['PHIGIAY_URL'] as string | undefined) ?? `http://localhost:${port}`;
  return {
    ok: true,
    config: {
      dataDir: resolve(values['PHIGIAY_DATA'] as string),
      host,
      port,
      publicUrl: publicUrl.replace(/\/$/, ''),
      databaseUrl: values['DATABASE_URL'] as string | undefined,
      postgresBin: values['PHIGIAY_POSTGRES_BIN'] as string | undefined,
      axisUrl: ((values['PHIGIAY_AXIS_URL'] as string | undefined) ?? `http://127.0.0.1:${port}`).replace(
        /\/$/,
        '',
      ),
      undoSendSeconds: values['PHIGIAY_UNDO_SECONDS'] as number,
      pollMs: values['PHIGIAY_POLL_MS'] as number,
      fetchEvidence: values['PHIGIAY_FETCH_EVIDENCE'] === '1',
      fetchAllow: (values['PHIGIAY_FETCH_ALLOW'] as string).split(',').flatMap((one) => one.trim() || []),
      maxPackageBytes: (values['PHIGIAY_MAX_PACKAGE_MB'] as number) * 1_048_576,
      maxCheckBytes: (values['PHIGIAY_CHECK_MB'] as number) * 1_048_576,
      witnesses,
      witnessQuorum,
      directoryKeeper: values['PHIGIAY_DIRECTORY_KEEPER'] as string,
      trustProxy: (values['PHIGIAY_TRUST_PROXY'] as string).replace(/\s+/g, ''),
      metricsToken: values['PHIGIAY_METRICS_TOKEN'] as string | undefined,
      logLevel: values['PHIGIAY_LOG'] as string,
      sampleData: overrides.sampleData ?? false,
    },
  };
}
