// The types that openapi-typescript generates, as an app uses them. It is compiled, not run.
import createClient from 'openapi-fetch';
import type { paths } from './schema';

const client = createClient<paths>({ baseUrl: '/' });

export const retail = async (): Promise<string[]> => {
  const { data, error } = await client.POST('/api/v1/customers/search', {
    body: { filter: { compare: { field: 'industry', eq: 'retail' } }, sort: 'name', limit: 10 },
  });
  if (error) throw new Error(`${error.code}: ${error.detail}`);
  return data.items.map(({ id, name }) => `${id} ${name}`);
};

export const rename = async (id: string, version: number, name: string) =>
  client.PATCH('/api/v1/customers/{id}', {
    params: { path: { id }, header: { 'If-Match': `"${version}"` } },
    body: { name },
  });
