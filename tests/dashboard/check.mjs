// Holds the dashboard against what Grafana and Prometheus say themselves: its model against the types of Grafana's own
// package, and each query against the parser of Prometheus.
//
//   node check.mjs DASHBOARD FOLDER
//
// FOLDER has the packages `typescript` and `@grafana/schema` in `node_modules`; what is checked is written there. `promtool`
// is in the PATH.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [file, folder] = process.argv.slice(2);
const { panels, ...rest } = JSON.parse(readFileSync(file, 'utf8'));

// How the types of a panel's options are called. Of the panels without any, only what all have in common is checked.
const OPTIONS = { heatmap: 'Heatmap', stat: 'Stat', timeseries: 'TimeSeries' };
// What Grafana puts in the place of its variables.
const VARIABLES = { $__rate_interval: '2m', $__interval: '1m', $job: 'zinoargus', $instance: '.+' };

/** Writes the dashboard down as values of Grafana's types. It takes less than they say: what is left out has a default. */
function typed() {
  const lines = [
    "import type { Dashboard, Panel, RowPanel } from '@grafana/schema';",
    ...Object.entries(OPTIONS).map(([type, name]) => {
      const from = `@grafana/schema/dist/esm/raw/composable/${type}/panelcfg/x/${name}PanelCfg_types.gen`;
      return `import type { Options as ${name} } from '${from}';`;
    }),
    // In JSON the values of an enum are words.
    'type Json<T> = T extends string ? `${T}` : T extends (infer U)[] ? Json<U>[]',
    '  : T extends object ? { [K in keyof T]: Json<T[K]> } : T;',
    `export const dashboard: Json<Omit<Dashboard, 'panels'>> = ${JSON.stringify(rest, null, 1)};`,
  ];
  for (const panel of panels) {
    const { options, ...others } = panel;
    const type = panel.type === 'row' ? 'RowPanel' : 'Panel';
    lines.push(`export const panel${panel.id}: Json<${type}> = ${JSON.stringify(others, null, 1)};`);
    const name = OPTIONS[panel.type];
    if (name) {
      const value = JSON.stringify(options ?? {}, null, 1);
      lines.push(`export const options${panel.id}: Json<Partial<${name}>> = ${value};`);
    } else if (panel.type !== 'row') {
      throw new Error(`panel ${panel.id}: nothing is known of the options of a ${panel.type}`);
    }
  }
  return lines.join('\n');
}

/** Writes each query down as a rule, with values in the place of the variables. */
function rules() {
  const queries = panels.flatMap((panel) => (panel.targets ?? []).map((target) => target.expr));
  if (queries.length < 20) throw new Error(`there are ${queries.length} queries only`);
  const filled = queries.map((query) => query.replace(/\$\w+/g, (name) => {
    if (!(name in VARIABLES)) throw new Error(`${query}: what is ${name}?`);
    return VARIABLES[name];
  }));
  // JSON is YAML.
  return JSON.stringify({ groups: [{ name: 'dashboard', rules: filled.map((expr, n) => ({ record: `query:${n}`, expr })) }] });
}

const settings = { strict: true, noEmit: true, skipLibCheck: true, module: 'esnext', moduleResolution: 'bundler', types: [] };
writeFileSync(join(folder, 'dashboard.ts'), typed());
writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: settings, files: ['dashboard.ts'] }));
writeFileSync(join(folder, 'dashboard.rules.yml'), rules());
try {
  execFileSync(process.execPath, [join(folder, 'node_modules/typescript/bin/tsc'), '-p', folder], { stdio: 'inherit' });
  execFileSync('promtool', ['check', 'rules', join(folder, 'dashboard.rules.yml')], { stdio: 'inherit' });
} catch (error) {
  console.error(`${file}: ${error.message}`);
  process.exit(1);
}
console.log(`${file}: ${panels.length} panels, as Grafana has them, with queries that Prometheus can read`);
