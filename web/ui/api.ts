import type { z } from 'zod';

/** What the server refused: one plain line, and the next step (RFC 9457 problem details). */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly next: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    problem: { title?: string; code?: string; next?: string; details?: Record<string, unknown> },
  ) {
    super(problem.title ?? `HTTP ${status}`);
    this.name = 'ApiProblem';
    this.status = status;
    this.code = problem.code ?? 'unknown';
    this.next = problem.next ?? '';
    this.details = problem.details ?? {};
  }
}

let language: 'vi' | 'en' = 'vi';
/** The language in which the server words its refusals. */
export function setApiLanguage(next: 'vi' | 'en'): void {
  language = next;
}

async function send(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      ...init,
      credentials: 'same-origin',
      headers: { accept: 'application/json', 'accept-language': language, 'x-phigiay': '1', ...init.headers },
    });
  } catch {
    throw new ApiProblem(
      0,
      language === 'vi'
        ? {
            title: 'Không nối được máy chủ.',
            next: 'Kiểm tra mạng; nội dung đang nhập vẫn còn trên trang.',
            code: 'offline',
          }
        : {
            title: 'The server cannot be reached.',
            next: 'Check the network; what you entered is still on the page.',
            code: 'offline',
          },
    );
  }
  if (!response.ok) {
    const problem: unknown = await response.json().catch(() => ({}));
    throw new ApiProblem(response.status, problem as Record<string, string>);
  }
  return response;
}

/** Asks a question and checks the answer against the contract. */
export async function ask<Answer extends z.ZodType>(
  path: string,
  answer: Answer,
  signal?: AbortSignal,
): Promise<z.infer<Answer>> {
  const response = await send(path, { method: 'GET', ...(signal ? { signal } : {}) });
  return answer.parse(await response.json());
}

/**
 * Sends a command. The key makes it safe to send again: a form keeps one key for one intention, so that a double
 * click or a repeat after a lost answer has one effect.
 */
export async function tell<Answer extends z.ZodType>(
  path: string,
  body: unknown,
  answer: Answer,
  options: { readonly key?: string; readonly method?: 'POST' | 'DELETE' } = {},
): Promise<z.infer<Answer>> {
  const response = await send(path, {
    method: options.method ?? 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': options.key ?? crypto.randomUUID() },
    body: JSON.stringify(body),
  });
  return answer.parse(response.status === 204 ? {} : await response.json());
}

/** Uploads one file as it is, its name only when it has one; progress in parts of one. */
export function upload<Answer extends z.ZodType>(
  path: string,
  file: Blob,
  answer: Answer,
  onProgress?: (part: number) => void,
): Promise<z.infer<Answer>> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', path);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.setRequestHeader('accept', 'application/json');
    request.setRequestHeader('accept-language', language);
    request.setRequestHeader('x-phigiay', '1');
    if (file instanceof File) request.setRequestHeader('x-file-name', encodeURIComponent(file.name));
    request.setRequestHeader('idempotency-key', crypto.randomUUID());
    request.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable) onProgress?.(event.loaded / event.total);
    });
    request.addEventListener('error', () =>
      reject(
        new ApiProblem(0, {
          title: language === 'vi' ? 'Tải lên bị ngắt.' : 'The upload was cut off.',
          next: language === 'vi' ? 'Chọn lại tệp để tải lên.' : 'Choose the file again.',
        }),
      ),
    );
    request.addEventListener('load', () => {
      let body: unknown = {};
      try {
        body = JSON.parse(request.responseText);
      } catch {
        // Not JSON: the status alone speaks.
      }
      if (request.status >= 200 && request.status < 300) {
        const parsed = answer.safeParse(body);
        if (parsed.success) resolve(parsed.data);
        else reject(parsed.error);
      } else reject(new ApiProblem(request.status, body as Record<string, string>));
    });
    request.send(file);
  });
}
