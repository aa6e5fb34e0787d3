/** The steps from an empty service to its first restore. Pure. */

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
      text: 'Imports the storage providers, connections and backups of a running Jagad. Without one, add them and scan the bucket.',
      href: '/import',
      done: known.backups,
    },
    {
      title: 'Complete the storage providers',
      text: 'The bucket that Jagad writes its backups to. Imported providers still need their secret key.',
      href: '/storage-providers',
      done: known.providers,
    },
    {
      title: 'Add the encryption key',
      text: 'The key that Jagad encrypts with. Skip this if your backups are not encrypted.',
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
      text: 'Restore into a database with a new name first: that tests everything and overwrites nothing.',
      href: '/backups',
      done: known.restores,
    },
  ];
}
