/** The look: two colour schemes, and a print sheet that shows what the screen folds away. */
export const style = `
:root{color-scheme:light dark;--ink:#17202a;--soft:#5b6875;--line:#d9dfe5;--paper:#fff;--panel:#f5f7f9;--pass:#1a7f4b;--fail:#c0322b;--unknown:#9a6700;--waived:#5a4bb5}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa7b4;--line:#2d3742;--paper:#0f151b;--panel:#161e26;--pass:#4ac97f;--fail:#ff7b72;--unknown:#e3b341;--waived:#a99bff}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1080px;margin:0 auto;padding:32px 24px 80px}h1{font-size:28px;margin:0}h2{font-size:19px;margin:40px 0 12px}
a{color:inherit}code,.mono{font:13px/1.45 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}.soft{color:var(--soft)}
.verdict{display:inline-block;font-weight:700;padding:2px 10px;border-radius:99px;border:1.5px solid currentColor;text-transform:uppercase;font-size:12px;letter-spacing:.06em}
.pass,.promoted,.passed{color:var(--pass)}.fail,.rejected,.error{color:var(--fail)}.unknown{color:var(--unknown)}.waived{color:var(--waived)}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:1px;background:var(--line);border:1px solid var(--line);border-radius:10px;overflow:hidden;margin:20px 0}
.facts div{background:var(--panel);padding:12px 16px}.facts b{display:block;font-size:20px}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:6px 10px;border-bottom:1px solid var(--line);vertical-align:top}th{font-weight:600;color:var(--soft);font-size:13px}
.bar{position:relative;height:14px;min-width:180px;background:var(--panel);border-radius:4px}.bar i{position:absolute;top:0;bottom:0;border-radius:4px;background:currentColor;opacity:.8}
.finding{border:1px solid var(--line);border-left:4px solid currentColor;border-radius:8px;padding:14px 18px;margin:12px 0}.finding>*{color:var(--ink)}.finding p{margin:6px 0}.finding .verdict{color:inherit}
pre{background:var(--panel);padding:10px 14px;border-radius:6px;overflow:auto;margin:8px 0}
details{border:1px solid var(--line);border-radius:8px;margin:8px 0}summary{cursor:pointer;padding:10px 14px}details table{border-top:1px solid var(--line)}
.marks span{display:inline-block;width:18px;height:18px;line-height:18px;text-align:center;border-radius:4px;margin:1px;font-size:12px;font-weight:700;border:1px solid currentColor}
input[type=search]{font:inherit;width:100%;padding:8px 12px;border:1px solid var(--line);border-radius:8px;background:var(--paper);color:inherit}
@media print{details{break-inside:avoid}input[type=search]{display:none}}`;

/** Filters the resources as one types; opens the folded stacks before printing. Without it the page loses nothing else. */
export const script = `
const box=document.querySelector('input[type=search]');
box?.addEventListener('input',()=>{const want=box.value.toLowerCase();for(const group of document.querySelectorAll('details')){let any=false;for(const row of group.querySelectorAll('tbody tr')){const hit=row.textContent.toLowerCase().includes(want)||row.innerHTML.toLowerCase().includes(want);row.hidden=!hit;any||=hit}group.hidden=!any;group.open=any&&want!==''}});
addEventListener('beforeprint',()=>{for(const group of document.querySelectorAll('details'))group.open=true});`;

export const template = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title><%= it.name %> · <%= it.run.result %> · <%= it.run.id %></title><style><%~ it.style %></style></head>
<body><main>
<p class="soft">Cipherline run report</p>
<h1><%= it.name %> <span class="verdict <%= it.run.result %>"><%= it.run.result %></span></h1>
<p class="soft">run <code><%= it.run.id %></code> · commit <code><%= it.run.commit %></code> · <%= it.run.startedAt %> · <%= it.seconds.toFixed(1) %> s<br>
target: <%= it.run.target.kind %> · account <code><%= it.run.target.account %></code> · <%= it.run.target.region %><% if (it.run.target.endpoint) { %> · <code><%= it.run.target.endpoint %></code><% } %></p>
<% if (it.run.reason) { %><p class="<%= it.run.result %>"><%= it.run.reason %></p><% } %>
<div class="facts"><% for (const kind of ['pass', 'fail', 'unknown', 'waived']) { %><div class="<%= kind %>"><b><%= it.counts[kind].toLocaleString('en-US') %></b><%= kind %></div><% } %></div>

<h2>Stages</h2>
<table><thead><tr><th>stage</th><th>result</th><th>when</th><th>s</th><th>what</th></tr></thead><tbody>
<% for (const stage of it.stages) { %><tr><td><%= stage.label %></td><td class="<%= stage.result %>"><%= stage.result %></td>
<td class="<%= stage.result %>"><div class="bar"><i style="left:<%= stage.left.toFixed(2) %>%;width:<%= stage.width.toFixed(2) %>%"></i></div></td>
<td><%= stage.seconds.toFixed(1) %></td><td><%= stage.summary ?? '' %></td></tr><% } %>
</tbody></table>

<h2>Findings</h2>
<% if (it.findings.length + it.toolFindings.length === 0) { %><p>None: every directive holds for every resource it applies to.</p><% } %>
<% for (const one of it.findings) { %><section class="finding <%= one.verdict.verdict %>">
<p><span class="verdict <%= one.verdict.verdict %>"><%= one.verdict.verdict %></span> <b><%= one.directive?.title ?? one.verdict.directive %></b></p>
<p class="mono"><%= one.place %> · <%= one.verdict.resource.stack %> · <%= one.verdict.resource.logicalId %> (<%= one.verdict.resource.type %>)<% if (one.verdict.resource.physicalId) { %> · <%= one.verdict.resource.physicalId %><% } %></p>
<p><%= one.sentence %></p><% if (one.directive) { %><p class="soft"><%= one.directive.why %></p><% } %>
<% if (one.fix.length) { %><pre><%= one.fix.join('\\n') %></pre><% } %>
<p class="mono"><%= one.verdict.directive %><% if (one.directive) { %> · <a href="<%= one.directive.source %>" rel="noreferrer">AWS page</a><% for (const control of one.directive.controls) { %> · <%= control.framework %> <%= control.id %><% } } %></p></section><% } %>
<% for (const one of it.toolFindings) { %><section class="finding <%= one.severity === 'error' ? 'fail' : 'unknown' %>"><p><b><%= one.tool %></b> <code><%= one.rule %></code> <%= one.severity %></p><p><%= one.message %></p><p class="mono"><%= one.source?.file ?? '' %> <%= one.logicalId ?? '' %></p></section><% } %>

<h2>Waivers</h2>
<% if (it.waived.length === 0) { %><p>None was needed.</p><% } else { %><table><tbody><% for (const one of it.waived) { %><tr><td class="mono"><%= one.verdict.directive %></td><td class="mono"><%= one.verdict.resource.stack %>/<%= one.verdict.resource.logicalId %></td><td><%= one.sentence %></td></tr><% } %></tbody></table><% } %>

<h2>Resources by directive</h2>
<p><input type="search" placeholder="filter by resource, type or directive" aria-label="filter the resources"></p>
<% for (const group of it.groups) { %><details<% if (group.bad) { %> open<% } %>><summary><%= group.title %> <span class="soft"><%= group.rows.length %> resources<% if (group.bad) { %>, <span class="fail"><%= group.bad %> to look at</span><% } %></span></summary>
<table><thead><tr><th>resource</th><th>type</th><th>verdicts</th></tr></thead><tbody>
<% for (const row of group.rows) { %><tr><td class="mono"><%= row.logicalId %><% if (row.physicalId) { %><br><span class="soft"><%= row.physicalId %></span><% } %></td><td class="mono"><%= row.type %></td>
<td class="marks"><% for (const mark of row.marks) { %><span class="<%= mark.kind %>" tabindex="0" role="img" aria-label="<%= mark.directive %>: <%= mark.kind %>" title="<%= mark.directive %>: <%= mark.kind %>&#10;<%= mark.title %>"><%= { pass: '✓', fail: '✗', unknown: '?', waived: 'w' }[mark.kind] %></span><% } %></td></tr><% } %>
</tbody></table></details><% } %>

<h2>What this run does not prove</h2>
<% if (it.run.notProvable.length === 0) { %><p>Nothing is named.</p><% } else { %><ul><% for (const line of it.run.notProvable) { %><li><%= line %></li><% } %></ul><% } %>

<h2>Verdict files</h2>
<table><thead><tr><th>file</th><th>SHA-256</th><th>SHA-256 of the assembly</th></tr></thead><tbody><% for (const stage of it.files) { %><tr><td class="mono"><%= stage.report %></td><td class="mono"><%= stage.sha256 ?? '' %></td><td class="mono"><%= stage.assembly ?? '' %></td></tr><% } %></tbody></table>
</main><script><%~ it.script %></script></body></html>
`;
