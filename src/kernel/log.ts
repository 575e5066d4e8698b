import { pino, type Logger } from 'pino';

export type Log = Logger;

/** The process's log: JSON lines on standard error; secrets and personal numbers never appear in it. */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: [
          'req.headers.cookie',
          'req.headers.authorization',
          '*.password',
          '*.pin',
          '*.secret',
          'password',
          'pin',
          'secret',
        ],
        censor: '[đã che]',
      },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}
