/* The functions as a table: sorted, filtered, a click shows one in the graph. */

const ROWS_AT_ONCE = 250;

class Table {
  constructor(profile, parts, onPick) {
    this.profile = profile;
    this.parts = parts;
    this.onPick = onPick;
    this.sort = { column: profile.isDiff ? 'change' : 'self', isDown: true };
    this.limit = ROWS_AT_ONCE;
    const { functions, categories } = profile.data;
    const command = categories.findIndex((row) => row[0] === 'command');
    this.all = profile.after.total[0];
    this.allBefore = profile.isDiff ? profile.before.total[0] : 0;
    this.ids = [];
    for (let f = 0; f < profile.functionCount; f++)
      if (profile.functionCategory[f] !== command) this.ids.push(f);
    const share = (value, all) => (all > 0 ? value / all : 0);
    this.values = {
      self: functions.self,
      total: functions.total,
      before: functions.before_self,
      change: profile.isDiff ? functions.self.map((v, f) =>
        share(v, this.all) - share(functions.before_self[f], this.allBefore)) : null,
    };
    parts.filter.addEventListener('input', () => this.refilter());
    parts.more.addEventListener('click', () => {
      this.limit += 4 * ROWS_AT_ONCE;
      this.draw();
    });
    parts.table.addEventListener('click', (event) => {
      const row = event.target.closest('tbody tr');
      if (row && !getSelection().toString()) this.onPick(Number(row.dataset.function));
    });
  }

  columns() {
    const unit = this.profile.data.unit;
    const list = [['function', 'Function', '']];
    if (this.profile.isDiff)
      list.push(['before', 'Self before', 'number'], ['self', 'Self after', 'number'],
        ['change', 'Change', 'number']);
    else list.push(['self', 'Self', 'number']);
    list.push(['total', 'Total', 'number'], ['tiers', 'Tiers', '']);
    return list.map(([id, label, kind]) => ({ id, label, kind, title: kind ? `in ${unit}` : '' }));
  }

  refilter() {
    this.limit = ROWS_AT_ONCE;
    this.draw();
  }

  order() {
    const query = this.parts.filter.value;
    const matches = query ? this.profile.match(query) : null;
    const isWrong = query !== '' && matches === null;
    this.parts.filter.setAttribute('aria-invalid', String(isWrong));
    const ids = matches ? this.ids.filter((f) => matches[f]) : this.ids.slice();
    const { column, isDown } = this.sort;
    const { profile } = this;
    const sign = isDown ? -1 : 1;
    const values = this.values[column];
    let by = (a, b) => (profile.name(a) < profile.name(b) ? -1 : Number(profile.name(a) !== profile.name(b)));
    if (column === 'change' && isDown) by = (a, b) => Math.abs(values[a]) - Math.abs(values[b]);
    else if (values) by = (a, b) => values[a] - values[b];
    else if (column === 'tiers') by = (a, b) => profile.functionCategory[a] - profile.functionCategory[b];
    const { self, total } = this.values;
    return ids.sort((a, b) => sign * by(a, b) || self[b] - self[a] || total[b] - total[a] || a - b);
  }

  head() {
    const row = element('tr');
    for (const column of this.columns()) {
      const cell = element('th', { scope: 'col', className: column.kind, data: { column: column.id } });
      const button = element('button', { type: 'button', title: column.title }, column.label);
      if (this.sort.column === column.id)
        cell.setAttribute('aria-sort', this.sort.isDown ? 'descending' : 'ascending');
      button.addEventListener('click', () => this.sortBy(column.id));
      cell.append(button);
      row.append(cell);
    }
    return element('thead', {}, row);
  }

  sortBy(column) {
    const isSame = this.sort.column === column;
    this.sort = { column, isDown: isSame ? !this.sort.isDown : column !== 'function' && column !== 'tiers' };
    this.draw();
    this.parts.table.querySelector(`th[data-column="${column}"] button`).focus();
  }

  share(value, all) {
    return element('td', { className: 'number' }, element('span', {}, number(value)), ' ',
      element('small', {}, percent(value, all)));
  }

  /* Self weights by kind of code; of a function that only calls, its kind. */
  bar(f) {
    const { profile } = this;
    const { categories } = profile.data;
    const sums = new Map(profile.functionKinds[f]);
    if (sums.size === 0) sums.set(profile.functionCategory[f], 1);
    const all = [...sums.values()].reduce((a, b) => a + b, 0);
    const parts = [...sums].sort((a, b) => b[1] - a[1]);
    const text = parts.map(([c, v]) => (parts.length > 1
      ? `${categories[c][1]} ${percent(v, all)}` : categories[c][1])).join(', ');
    const bar = element('div', { className: 'split', title: text, role: 'img', aria: { label: text } });
    for (const [category, value] of parts) {
      const piece = element('i', { data: { category } });
      piece.style.width = `${(100 * value) / all}%`;
      piece.style.background = swatchColour(profile, category);
      bar.append(piece);
    }
    return element('td', { className: 'tiers' }, bar);
  }

  row(f) {
    const { profile, values } = this;
    const where = [profile.place(f), profile.module(f)].filter(Boolean).join(' · ');
    const row = element('tr', { data: { function: f } });
    row.append(element('td', { className: 'function' },
      element('button', { type: 'button', title: 'Show its callers and callees' }, profile.name(f)),
      where ? element('span', {}, where) : null));
    if (profile.isDiff) {
      const change = 100 * values.change[f];
      row.append(this.share(values.before[f], this.allBefore), this.share(values.self[f], this.all),
        element('td', { className: 'number' }, `${change > 0 ? '+' : ''}${change.toFixed(2)} pp`));
    } else {
      row.append(this.share(values.self[f], this.all));
    }
    row.append(this.share(values.total[f], this.all), this.bar(f));
    return row;
  }

  draw() {
    const ids = this.order();
    const shown = ids.slice(0, this.limit);
    this.parts.table.replaceChildren(this.head(),
      element('tbody', {}, ...shown.map((f) => this.row(f))));
    this.parts.more.hidden = shown.length === ids.length;
    this.parts.more.textContent = `Show more (${number(ids.length - shown.length)} left)`;
    const isWrong = this.parts.filter.getAttribute('aria-invalid') === 'true';
    this.parts.shown.textContent = isWrong ? 'not a regular expression'
      : `${number(ids.length)} of ${number(this.ids.length)} functions`;
  }
}
