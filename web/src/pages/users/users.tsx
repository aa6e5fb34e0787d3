import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import { useState } from 'react';
import { useChange } from '../../api/queries.ts';
import { Time } from '../../components/times.tsx';
import { ConfirmModal } from '../../forms/confirm-modal.tsx';
import { type Column, ListPage, useFilteredList } from '../../lists/list-page.tsx';
import { useSession } from '../../session/session.tsx';
import { useNotifications } from '../../shell/notifications.tsx';
import { AddUser } from './add-user.tsx';
import { ChangeRole } from './change-role.tsx';
import { ResetPassword } from './reset-password.tsx';
import { ROLE, type User } from './user.ts';

type Open = { what: 'add' } | { what: 'role' | 'password' | 'delete'; user: User };

export default function Users() {
  const [open, setOpen] = useState<Open>();
  const own = useSession().user?.user;
  const list = useFilteredList('GET /api/users');
  const close = () => setOpen(undefined);
  const columns: Column<User>[] = [
    {
      id: 'username',
      header: 'User name',
      cell: ({ username }) => (username === own ? `${username} (you)` : username),
      sortingField: 'username',
      isRowHeader: true,
    },
    { id: 'role', header: 'Role', cell: ({ role }) => ROLE[role].label, sortingField: 'role' },
    { id: 'created', header: 'Added', cell: ({ created_at }) => <Time iso={created_at} />, sortingField: 'created_at' },
    {
      id: 'updated',
      header: 'Changed',
      cell: ({ updated_at }) => <Time iso={updated_at} />,
      sortingField: 'updated_at',
      hidden: true,
    },
    {
      id: 'actions',
      header: 'Actions',
      cell: (user) => <UserActions user={user} isOwn={user.username === own} onOpen={setOpen} />,
    },
  ];

  return (
    <>
      <ListPage
        name="users"
        title="Users"
        nouns={['user', 'users']}
        list={list}
        columns={columns}
        labelOf={({ username }) => username}
        actions={
          <Button variant="primary" onClick={() => setOpen({ what: 'add' })}>
            Add user
          </Button>
        }
        empty="The first administrator is listed after signing in once."
      />
      {open?.what === 'add' && <AddUser onDismiss={close} />}
      {open?.what === 'role' && <ChangeRole user={open.user} onDismiss={close} />}
      {open?.what === 'password' && <ResetPassword user={open.user} onDismiss={close} />}
      {open?.what === 'delete' && <DeleteUser user={open.user} onDismiss={close} />}
    </>
  );
}

interface UserActionsProps {
  user: User;
  isOwn: boolean;
  onOpen(open: Open): void;
}

function UserActions({ user, isOwn, onOpen }: UserActionsProps) {
  const disabled = isOwn ? { disabled: true, disabledReason: 'This is you: another administrator must do it.' } : {};
  return (
    <ButtonDropdown
      variant="inline-icon"
      expandToViewport
      ariaLabel={`Actions for ${user.username}`}
      items={[
        { id: 'role', text: 'Change role', ...disabled },
        isOwn ? { id: 'own', text: 'Change password', href: '/account' } : { id: 'password', text: 'Reset password' },
        { id: 'delete', text: 'Delete', ...disabled },
      ]}
      onItemClick={({ detail }) => {
        if (detail.id !== 'own') onOpen({ what: detail.id as 'role' | 'password' | 'delete', user });
      }}
    />
  );
}

function DeleteUser({ user: { id, username }, onDismiss }: { user: User; onDismiss(): void }) {
  const { tell } = useNotifications();
  const remove = useChange('DELETE /api/users/{id}');
  const onSuccess = () => {
    tell('success', `The user ${username} was deleted.`);
    onDismiss();
  };
  return (
    <ConfirmModal
      title={`Delete ${username}?`}
      submitText="Delete"
      busy={remove.isPending}
      error={remove.error}
      failedText="The user was not deleted"
      onConfirm={() => remove.mutate({ id }, { onSuccess })}
      onDismiss={onDismiss}
    >
      Their sessions end at once. Restores that they started continue, and the audit log keeps their actions.
    </ConfirmModal>
  );
}
