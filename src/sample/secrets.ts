/**
 * Only for sample data: the password and the PIN of every invented person and seal. An installation with real data
 * is started without `--sample` and never sees them.
 */
export const samplePassword = 'thu-nghiem-2026';
export const samplePin = '246810';
