/** Builds the web page into `dist/ui`; `vite` alone serves it with the API of a running server behind it. */
import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const api = `http://127.0.0.1:${process.env.PORT ?? 7420}`;

export default defineConfig({
  root: 'ui',
  plugins: [react(), tailwind()],
  build: { outDir: '../dist/ui', emptyOutDir: true, target: 'es2022' },
  server: { host: '127.0.0.1', proxy: { '/v1': api } },
});
