/** `db.example.org:5432`, `[::1]:5432`. */
export function hostAndPort({ host, port }: { host: string; port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
