import {
  type DclStatement,
  type Grantee,
  type GrantTarget,
  granteeWords,
  nameWords,
  type Privilege,
  targetWords,
} from '../../../metadata/index.ts';

/** A statement as it may be written: parsing it again yields the same. */
export function printDcl(statement: DclStatement): string {
  switch (statement.kind) {
    case 'grant': {
      const option = statement.withOption ? ' WITH GRANT OPTION' : '';
      return `GRANT ${granted(statement)} TO ${grantees(statement.grantees)}${option}`;
    }
    case 'revoke': {
      const option = statement.optionOnly ? 'GRANT OPTION FOR ' : '';
      return `REVOKE ${option}${granted(statement)} FROM ${grantees(statement.grantees)}${cascade(statement)}`;
    }
    case 'grant-role': {
      const option = statement.withOption ? ' WITH ADMIN OPTION' : '';
      return `GRANT ${roles(statement.roles)} TO ${grantees(statement.grantees)}${option}`;
    }
    case 'revoke-role': {
      const option = statement.optionOnly ? 'ADMIN OPTION FOR ' : '';
      return `REVOKE ${option}${roles(statement.roles)} FROM ${grantees(statement.grantees)}${cascade(statement)}`;
    }
    case 'create-role':
      return `CREATE ROLE ${nameWords(statement.role)}`;
    case 'drop-role':
      return `DROP ROLE ${statement.ifExists ? 'IF EXISTS ' : ''}${nameWords(statement.role)}${cascade(statement)}`;
    case 'show-grants': {
      const on = statement.on === undefined ? '' : ` ON ${targetWords(statement.on)}`;
      return `SHOW GRANTS${on}${statement.for === undefined ? '' : ` FOR ${granteeWords(statement.for)}`}`;
    }
    case 'show-roles':
      return 'SHOW ROLES';
  }
}

function granted({ privileges, target }: { privileges: readonly Privilege[] | 'ALL'; target: GrantTarget }): string {
  return `${privileges === 'ALL' ? 'ALL' : privileges.join(', ')} ON ${targetWords(target)}`;
}

function grantees(all: readonly Grantee[]): string {
  return all.map(granteeWords).join(', ');
}

function roles(names: readonly string[]): string {
  return names.map(nameWords).join(', ');
}

function cascade(statement: { readonly cascade: boolean }): string {
  return statement.cascade ? ' CASCADE' : '';
}
