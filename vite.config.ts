import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import {
  convertCssVariables,
  DEFAULT_THEME,
  defaultCssVariablesResolver,
  mergeMantineTheme,
} from '@mantine/core';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { cssVariables, theme } from './web/ui/theme.ts';

/** The theme's variables as a file of styles: the content security policy allows no style written by script. */
function themeStyles(): Plugin {
  const id = 'virtual:theme.css';
  return {
    name: 'theme-styles',
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    load(source) {
      if (source !== `\0${id}`) return undefined;
      const merged = mergeMantineTheme(DEFAULT_THEME, theme);
      const defaults = defaultCssVariablesResolver(merged);
      const ours = cssVariables(merged);
      return convertCssVariables(
        {
          variables: { ...defaults.variables, ...ours.variables },
          light: { ...defaults.light, ...ours.light },
          dark: { ...defaults.dark, ...ours.dark },
        },
        ':root',
      );
    },
  };
}

/** Writes `.br` and `.gz` beside each text file, so that the server compresses nothing while it serves. */
function precompress(folder: string): Plugin {
  const walk = (path: string): string[] =>
    readdirSync(path).flatMap((name) => {
      const file = join(path, name);
      return statSync(file).isDirectory() ? walk(file) : [file];
    });
  return {
    name: 'precompress',
    apply: 'build',
    closeBundle() {
      for (const file of walk(folder).filter((name) => /\.(js|mjs|css|html|svg|json|wasm)$/.test(name))) {
        const bytes = readFileSync(file);
        if (bytes.length < 1024) continue;
        writeFileSync(
          `${file}.br`,
          brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
        );
        writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

const outDir = fileURLToPath(new URL('dist/web', import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL('web/office', import.meta.url)),
  plugins: [react(), themeStyles(), precompress(outDir)],
  build: {
    outDir,
    emptyOutDir: true,
    target: 'es2022',
    reportCompressedSize: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What many pages share is one file: each of sixty tiny ones would cost a request and its headers.
          groups: [
            { name: 'shared', test: /[\\/](?:node_modules[\\/]@tabler|web[\\/]ui)[\\/]/, minShareCount: 4 },
          ],
        },
      },
    },
  },
  server: {
    proxy: { '/api': { target: 'http://127.0.0.1:8080', changeOrigin: false } },
  },
});
