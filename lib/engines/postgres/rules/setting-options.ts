/** Settings in the form in which libpq's `options` and PGOPTIONS take them; none has a space or a backslash in it. */
export function settingOptions(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}
