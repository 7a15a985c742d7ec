/** `npm run dev` serves the console from its own port; everything of the server is passed through. */
const target = process.env.API_URL ?? 'http://127.0.0.1:4000';

export default {
  '/api': { target, changeOrigin: false },
  '/v2': { target, changeOrigin: false },
  '/ws': { target, changeOrigin: false, ws: true },
};
