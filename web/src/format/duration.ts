/** `3723000` → `1 h 2 min`: the two largest units, with tenths of a second below ten seconds. */
export function formatDuration(ms: number): string {
  if (ms < 10_000) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** A dash if it hasn't ended. */
export function durationText(ms: number | null): string {
  return ms === null ? '–' : formatDuration(ms);
}

/** How long ago: `2 h 5 min ago`. */
export function formatAge(iso: string, now: number): string {
  const ms = now - Date.parse(iso);
  return ms < 10_000 ? 'just now' : `${formatDuration(ms)} ago`;
}
