// Runs in a page before anything of its own: keeps what moves without having been asked to.
window.shifts = [];
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries()) {
    if (!hadRecentInput)
      window.shifts.push(`${value}: ${sources.map(({ node }) => node?.outerHTML ?? node?.data).join()}`);
  }
}).observe({ type: 'layout-shift', buffered: true });
