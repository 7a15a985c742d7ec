// Runs before the first paint, so that a chosen theme never flashes the other one.
(() => {
  try {
    const theme = localStorage.getItem('mw.theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch (error) {
    // Storage can be switched off in the browser; the system's theme is right then.
    document.documentElement.dataset.storage = error instanceof Error ? error.name : 'unavailable';
  }
})();
