import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

/** Indigo ink, for what can be pressed. Shade 7 on white: 7.6 to 1. */
const ink: MantineColorsTuple = [
  '#eef4fb',
  '#d9e6f4',
  '#b3cbe7',
  '#8aafd9',
  '#5f90c8',
  '#3b74b4',
  '#205d9f',
  '#124a85',
  '#0b3a6b',
  '#072a50',
];
/** The red of the seal: the mark of the house, and what is late or refused. Shade 7 on white: 6.9 to 1. */
const seal: MantineColorsTuple = [
  '#fdf0ee',
  '#f9dcd8',
  '#f1b6ae',
  '#e88d82',
  '#de6558',
  '#d0453a',
  '#bd2f27',
  '#a3231d',
  '#871a16',
  '#6a120f',
];
/** What is well: signed, on time, done. Shade 8 on white: 6.5 to 1. */
const leaf: MantineColorsTuple = [
  '#eaf6ef',
  '#d0ebdb',
  '#a3d7b9',
  '#72c194',
  '#49a974',
  '#2c925b',
  '#1c7d4a',
  '#13693c',
  '#0d5530',
  '#083f23',
];
/** What needs attention soon. Shade 9 on shade 0: 8.4 to 1. */
const amber: MantineColorsTuple = [
  '#fef6e4',
  '#fce9c0',
  '#f8d489',
  '#f3bd4d',
  '#e8a41f',
  '#cf8a08',
  '#ab6f04',
  '#875703',
  '#6b4503',
  '#4f3302',
];

export const theme = createTheme({
  primaryColor: 'ink',
  primaryShade: 7,
  colors: { ink, seal, leaf, amber },
  fontFamily: '"Be Vietnam Pro", system-ui, sans-serif',
  headings: { fontFamily: '"Be Vietnam Pro", system-ui, sans-serif', fontWeight: '600' },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
});

/** Mantine's own dimmed text and placeholders are too pale for WCAG 2.2 AA. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#4d5a68',
    '--mantine-color-placeholder': '#5b6876',
    '--mantine-color-text': '#16202b',
    '--mantine-color-body': '#ffffff',
    '--mantine-color-error': '#a3231d',
    '--mantine-color-default-border': '#c6d0da',
  },
  dark: {},
});
