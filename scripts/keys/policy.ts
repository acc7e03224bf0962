import type { VerbModule } from '../main';

export const configure: VerbModule['configure'] = (command, { host }, done) => {
  command.action(async () => {
    const { neededPolicies } = await import('../../pipeline/keys/permissions');
    const policies = neededPolicies();
    host.print(JSON.stringify(policies, null, 2));
    host.document(policies);
    done(0);
  });
};
