/** Settings in the form of libpq's `options` and PGOPTIONS. None contains a space or a backslash. */
export function settingOptions(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}
