/** Who may do what, and where. */
import { ofType, type Resource, type Rule, valueAt } from '../snapshot.ts';

/** The roles that the app needs, each with the kind of resource in which it may be given. */
const allowed: Record<string, { role: string; kind: string }> = {
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3': {
    role: 'Storage Table Data Contributor',
    kind: 'Microsoft.Storage/storageAccounts/tableServices/tables',
  },
  '974c5e8b-45b9-4653-ba55-5f855dd0fb88': {
    role: 'Storage Queue Data Contributor',
    kind: 'Microsoft.Storage/storageAccounts/queueServices/queues',
  },
  // The Functions host makes and lists containers: no scope below the account allows that.
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b': {
    role: 'Storage Blob Data Owner',
    kind: 'Microsoft.Storage/storageAccounts',
  },
  'e147488a-f6f5-4113-8e2d-b22465e65bf6': {
    role: 'Key Vault Crypto Service Encryption User',
    kind: 'Microsoft.KeyVault/vaults/keys',
  },
  '3913510d-42f4-4e42-8a64-420c390055eb': {
    role: 'Monitoring Metrics Publisher',
    kind: 'Microsoft.Insights/components',
  },
};

const assignmentPart = '/providers/Microsoft.Authorization/roleAssignments/';

/**
 * Resource id of what a role is given in; empty: a resource group or more. The assignment’s own name
 * is known only to a deployment, so its id is an expression, whose first argument is the scope.
 */
function scopeOf({ id = '' }: Resource): string {
  const [, extended] =
    id.match(/^\[extensionResourceId\('([^']+)', 'Microsoft\.Authorization\/roleAssignments', /) ??
    [];
  return extended ?? id.slice(0, Math.max(0, id.lastIndexOf(assignmentPart)));
}

/** Such as `Microsoft.Storage/storageAccounts/queueServices/queues`; empty: a group or more. */
function kindOf(resourceId: string): string {
  const [, named] = resourceId.split('/providers/');
  const [namespace = '', ...parts] = named?.split('/') ?? [];
  return [namespace, ...parts.filter((_, index) => index % 2 === 0)].join('/');
}

/** Known only when it is deployed: the object id of the identity that the deployment makes. */
export function isAppIdentity(value: unknown): boolean {
  return /^\[reference\('[^']*\/userAssignedIdentities\/[^']*'.*\)\.principalId\]$/.test(
    String(value),
  );
}

function roleOf(assignment: Resource): string {
  const definition = String(valueAt(assignment, 'properties.roleDefinitionId'));
  return definition.slice(definition.lastIndexOf('/') + 1);
}

export const rolesAreNarrow: Rule = (snapshot) =>
  ofType(snapshot, 'Microsoft.Authorization/roleAssignments').flatMap((assignment) => {
    const entry = allowed[roleOf(assignment)];
    if (!entry) {
      return [
        `role ${roleOf(assignment)} is not one that the app needs: tools/infra/rules/roles.ts`,
      ];
    }
    const kind = kindOf(scopeOf(assignment)) || 'a resource group or more';
    const problems = [];
    if (kind !== entry.kind)
      problems.push(`${entry.role} is given in ${kind}: give it in ${entry.kind}`);
    if (valueAt(assignment, 'properties.principalType') !== 'ServicePrincipal') {
      problems.push(`${entry.role} is given to somebody who is no service principal`);
    }
    if (!isAppIdentity(valueAt(assignment, 'properties.principalId'))) {
      problems.push(`${entry.role} is given to somebody else than the app’s identity`);
    }
    return problems;
  });

/**
 * Azure can’t change an assignment’s principal. If an identity is deleted and made again under the same
 * name, an assignment named by that name refuses the next deployment; one named by its id does not.
 */
export const rolesAreNamedByPrincipal: Rule = (snapshot) =>
  ofType(snapshot, 'Microsoft.Authorization/roleAssignments')
    .filter((assignment) => {
      const principal = String(valueAt(assignment, 'properties.principalId'));
      return !assignment.name?.includes(principal.replace(/^\[|\]$/g, ''));
    })
    .map(
      (assignment) =>
        `${allowed[roleOf(assignment)]?.role ?? roleOf(assignment)} in ${scopeOf(assignment)}: the assignment’s name must be made of the principal’s id: infra/modules/roles.bicep`,
    );

/** Nothing that the app uses is left without its role. */
export const rolesAreComplete: Rule = (snapshot) => {
  const given = ofType(snapshot, 'Microsoft.Authorization/roleAssignments');
  return Object.entries(allowed).flatMap(([id, { role, kind }]) =>
    ofType(snapshot, kind)
      .filter(
        (resource) => !given.some((each) => roleOf(each) === id && scopeOf(each) === resource.id),
      )
      .map((resource) => `the app lacks ${role} in ${resource.name}`),
  );
};
