/**
 * A proxy between a server and a client that sends files to it (LOAD DATA LOCAL): the client may only send files from
 * one directory, and none of the task's other files. MariaDB's clients have no such setting, and only the server knows
 * what a statement means. So the guard decides by the files that the server asks for.
 */
import { lstat } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { basename, dirname } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FileRequests } from '../../../lib/formats/innodb/file-requests.ts';

export interface FileGuard {
  /** The requested file that isn't in the directory. The session was ended right away. */
  refused(): string | undefined;
  close(): Promise<void>;
}

/**
 * @param socket where clients connect to the guard
 * @param server the server's own socket
 * @param directory that only our own tools write into
 */
export async function guardFiles(socket: string, server: string, directory: string): Promise<FileGuard> {
  let refused: string | undefined;
  const open = new Set<Socket>();
  const guard = createServer((client) => {
    const upstream = connect(server);
    const check = checked(directory, (name) => {
      refused = name;
    });
    for (const one of [client, upstream]) {
      open.add(one);
      one.once('close', () => open.delete(one));
    }
    const both = [pipeline(client, upstream), pipeline(upstream, check, client)];
    Promise.all(both).catch(() => {
      client.destroy();
      upstream.destroy();
    });
  });
  const listening = Promise.withResolvers<void>();
  guard.once('error', listening.reject).listen(socket, listening.resolve);
  await listening.promise;
  return {
    refused: () => refused,
    close: async () => {
      const closed = new Promise<void>((resolve) => guard.close(() => resolve()));
      for (const one of open) one.destroy();
      await closed;
    },
  };
}

/** What a server sends, up to its first request for a file outside the directory. */
function checked(directory: string, refuse: (name: string) => void): Transform {
  const requests = new FileRequests();
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const names = requests.push(chunk);
      if (names.length === 0) return done(null, chunk);
      firstElsewhere(directory, names).then((name) => {
        if (name === undefined) return done(null, chunk);
        refuse(name);
        done(new Error(`the server asks for ${name}`));
      }, done);
    },
  });
}

async function firstElsewhere(directory: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const isHere = dirname(name) === directory && name === `${directory}/${basename(name)}`;
    const isFile = isHere && (await lstat(name).catch(() => undefined))?.isFile();
    if (isFile !== true) return name;
  }
  return undefined;
}
