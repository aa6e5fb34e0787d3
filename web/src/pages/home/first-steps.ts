/** What stands between an empty service and its first restore. Pure. */

export interface Known {
  providers: boolean;
  encryptionKeys: boolean;
  connections: boolean;
  backups: boolean;
  restores: boolean;
}

export interface FirstStep {
  title: string;
  /** What to do. */
  text: string;
  href: string;
  done: boolean;
}

export function firstSteps(known: Known): FirstStep[] {
  return [
    {
      title: 'Import from Jagad',
      text: 'A running Jagad tells its storage providers, connections and backups. Without one, add them and scan the bucket.',
      href: '/import',
      done: known.backups,
    },
    {
      title: 'Complete the storage providers',
      text: 'The bucket that Jagad writes its backups to. One that was imported needs its secret key.',
      href: '/storage-providers',
      done: known.providers,
    },
    {
      title: 'Add the encryption key',
      text: 'The one that Jagad encrypts with. Leave it out if your backups are not encrypted.',
      href: '/settings',
      done: known.encryptionKeys,
    },
    {
      title: 'Complete the connections',
      text: 'Give each database server its password, and test it.',
      href: '/connections',
      done: known.connections,
    },
    {
      title: 'Restore a backup',
      text: 'Into a database of another name first: it shows that everything works, and overwrites nothing.',
      href: '/backups',
      done: known.restores,
    },
  ];
}
