/**
 * Makes the sample tables of this folder. They are synthetic: no row describes a real person, house or power grid.
 * The same seed gives the same bytes; `node samples/generate.mjs --check` fails when the files differ from that.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const check = process.argv.includes('--check');

/** mulberry32: small, seeded, good enough for tables. */
function randomSource(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const normal = (mean = 0, deviation = 1) =>
    mean + deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const pick = (options) => {
    let left = next();
    for (const [value, share] of options) {
      left -= share;
      if (left < 0) return value;
    }
    return options.at(-1)[0];
  };
  return { next, normal, pick, whole: (low, high) => low + Math.floor(next() * (high - low + 1)) };
}

const round = (value, digits) => Number(value.toFixed(digits));
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const logistic = (value) => 1 / (1 + Math.exp(-value));

/** Subscribers of a made-up internet provider: an id, and blanks in a number column. */
function customerChurn(rows) {
  const random = randomSource(20_260_401);
  const table = [
    'customer_id,region,age_group,tenure_months,contract,internet,payment_method,monthly_fee,total_paid,support_calls,late_payments,paperless,discount,streaming,churned'.split(
      ',',
    ),
  ];
  for (let index = 0; index < rows; index += 1) {
    const contract = random.pick([
      ['monthly', 0.54],
      ['one year', 0.24],
      ['two years', 0.22],
    ]);
    const typical = { monthly: 14, 'one year': 32, 'two years': 48 }[contract];
    const tenure = clamp(Math.round(random.normal(typical, 13)), 0, 72);
    const internet = random.pick([
      ['fibre', 0.46],
      ['dsl', 0.36],
      ['none', 0.18],
    ]);
    const base = { fibre: 72, dsl: 48, none: 19 }[internet];
    const streaming = internet === 'none' ? 'no internet' : random.next() < 0.45 ? 'yes' : 'no';
    const fee = round(base + (streaming === 'yes' ? 14 : 0) + random.normal(0, 5), 2);
    const discount = random.next() < 0.18 ? 'yes' : 'no';
    const payment = random.pick([
      ['card', 0.3],
      ['transfer', 0.28],
      ['invoice', 0.27],
      ['cheque', 0.15],
    ]);
    const calls = Math.floor(-Math.log(1 - random.next()) * (internet === 'fibre' ? 1.7 : 1.1));
    const late = Math.floor(-Math.log(1 - random.next()) * (payment === 'cheque' ? 1.3 : 0.6));
    const score =
      -2.1 +
      { monthly: 1.5, 'one year': -0.2, 'two years': -1.3 }[contract] -
      tenure * 0.03 +
      (fee - 55) * 0.015 +
      calls * 0.38 +
      late * 0.3 -
      (discount === 'yes' ? 0.5 : 0) +
      random.normal(0, 0.7);
    const paid = tenure === 0 ? ' ' : round(fee * tenure * (1 + random.normal(0, 0.03)), 2);
    table.push([
      `C-${String(100_000 + index * 7 + random.whole(0, 6))}`,
      random.pick([
        ['north', 0.3],
        ['south', 0.26],
        ['east', 0.24],
        ['west', 0.2],
      ]),
      random.pick([
        ['18-29', 0.22],
        ['30-44', 0.34],
        ['45-59', 0.27],
        ['60+', 0.17],
      ]),
      tenure,
      contract,
      internet,
      payment,
      fee,
      paid,
      calls,
      late,
      random.next() < 0.6 ? 'yes' : 'no',
      discount,
      streaming,
      random.next() < logistic(score) ? 'yes' : 'no',
    ]);
  }
  return table;
}

/** Houses sold in a made-up town: gaps, zeros that mean "unknown", an ordered grade, a skewed price. */
function housePrices(rows) {
  const random = randomSource(20_260_402);
  const table = [
    'listing,district,house_type,year_built,living_area_m2,plot_area_m2,rooms,bathrooms,condition,energy_class,garage,distance_centre_km,sold_on,price'.split(
      ',',
    ),
  ];
  const districts = [
    ['Old Town', 1.35],
    ['Riverside', 1.25],
    ['Hillcrest', 1.15],
    ['Station', 0.98],
    ['Meadow Park', 0.92],
    ['Harbour', 1.08],
    ['Northfield', 0.8],
    ['Mill Lane', 0.86],
  ];
  const conditions = ['poor', 'fair', 'good', 'very good', 'excellent'];
  for (let index = 0; index < rows; index += 1) {
    const [district, level] = districts[random.whole(0, districts.length - 1)];
    const type = random.pick([
      ['terraced', 0.36],
      ['semi-detached', 0.26],
      ['detached', 0.22],
      ['flat', 0.16],
    ]);
    const area = round(
      clamp(
        random.normal({ terraced: 105, 'semi-detached': 128, detached: 168, flat: 72 }[type], 26),
        28,
        380,
      ),
      1,
    );
    const year = clamp(Math.round(2018 - Math.abs(random.normal(0, 34))), 1880, 2024);
    const plot =
      type === 'flat' ? '' : random.next() < 0.012 ? 0 : Math.round(90 + area * (0.9 + random.next() * 2.4));
    const rooms = clamp(Math.round(area / 27 + random.normal(0, 0.7)), 1, 12);
    const condition = clamp(Math.round((year - 1930) / 28 + random.normal(0.6, 0.9)), 0, 4);
    const distance = round(
      Math.abs(random.normal({ 'Old Town': 0.8, Station: 2.1 }[district] ?? 4.2, 1.1)),
      2,
    );
    const price =
      Math.exp(
        10.35 +
          0.0082 * area -
          0.0000065 * area * area +
          0.085 * condition +
          0.0016 * (year - 1960) -
          0.028 * distance +
          random.normal(0, 0.11),
      ) * level;
    const day = new Date(Date.UTC(2022, 0, 1) + random.whole(0, 1094) * 86_400_000)
      .toISOString()
      .slice(0, 10);
    table.push([
      `H${String(index + 1).padStart(5, '0')}`,
      district,
      type,
      random.next() < 0.03 ? '' : year,
      area,
      plot,
      rooms,
      clamp(Math.round(rooms / 3.2 + random.normal(0, 0.4)), 1, 5),
      conditions[condition],
      random.next() < 0.09
        ? 'NA'
        : 'GFEDCBA'[clamp(Math.round((year - 1925) / 16 + random.normal(0, 0.8)), 0, 6)],
      random.next() < (type === 'flat' ? 0.25 : 0.62) ? 'true' : 'false',
      distance,
      day,
      Math.round(price / 500) * 500,
    ]);
  }
  return table;
}

/** Load of a made-up town, every two hours for eleven months: a history in order, with a unit that never changes. */
function energyDemand(rows) {
  const random = randomSource(20_260_403);
  const table = [
    'time,temperature_c,humidity_pct,wind_ms,cloud_cover_pct,holiday,tariff,price_eur_mwh,unit,demand_mw'.split(
      ',',
    ),
  ];
  let weather = 0;
  let holiday = false;
  for (let index = 0; index < rows; index += 1) {
    const at = new Date(Date.UTC(2024, 0, 1) + index * 2 * 3_600_000);
    const hour = at.getUTCHours();
    const dayOfYear = (at.getTime() - Date.UTC(2024, 0, 1)) / 86_400_000;
    weather = weather * 0.97 + random.normal(0, 0.8);
    const temperature =
      10 -
      10 * Math.cos((2 * Math.PI * (dayOfYear - 20)) / 365) +
      3.5 * Math.sin((2 * Math.PI * (hour - 9)) / 24) +
      weather;
    const weekend = at.getUTCDay() === 0 || at.getUTCDay() === 6;
    if (hour === 0) holiday = random.next() < 0.03;
    const cloud = clamp(Math.round(random.normal(55 - weather * 4, 24)), 0, 100);
    const work = weekend || holiday ? 0.82 : 1;
    const morning = Math.exp(-((hour - 8) ** 2) / 10) + 1.15 * Math.exp(-((hour - 19) ** 2) / 12);
    const demand =
      (310 + 130 * morning) * work +
      7.5 * Math.max(0, 15 - temperature) +
      9 * Math.max(0, temperature - 22) +
      cloud * 0.12 +
      random.normal(0, 11);
    const tariff = hour >= 22 || hour < 6 ? 'night' : weekend ? 'weekend' : 'day';
    table.push([
      at.toISOString().slice(0, 19).replace('T', ' '),
      random.next() < 0.015 ? '' : round(temperature, 1),
      clamp(Math.round(random.normal(72 - temperature * 0.6, 9)), 15, 100),
      round(Math.abs(random.normal(3.8, 2.1)), 1),
      cloud,
      holiday ? 'yes' : 'no',
      tariff,
      round({ night: 58, weekend: 71, day: 93 }[tariff] + random.normal(0, 12), 2),
      'MW',
      round(demand, 1),
    ]);
  }
  return table;
}

const csv = (table) =>
  `${table.map((row) => row.map((cell) => (/[",\n]/u.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : cell)).join(',')).join('\n')}\n`;

const samples = [
  {
    id: 'customer-churn',
    file: 'customer-churn.csv',
    title: 'Customer churn',
    description: 'Subscribers of an internet provider: contract, fees, calls to support. Predict who leaves.',
    target: 'churned',
    task: 'binary',
    table: customerChurn(5000),
  },
  {
    id: 'house-prices',
    file: 'house-prices.csv',
    title: 'House prices',
    description: 'Houses sold in one town: size, age, condition, district. Predict the price.',
    target: 'price',
    task: 'regression',
    table: housePrices(3000),
  },
  {
    id: 'energy-demand',
    file: 'energy-demand.csv',
    title: 'Energy demand',
    description: 'Electric load of a town every two hours, with weather and tariff. Predict the demand.',
    target: 'demand_mw',
    task: 'regression',
    table: energyDemand(4000),
  },
];

function write(name, text) {
  const path = new URL(name, import.meta.url);
  if (!check) return writeFileSync(path, text);
  if (readFileSync(path, 'utf8') === text) return undefined;
  process.exitCode = 1;
  return console.error(`${name} is not what generate.mjs makes.`);
}

for (const { file, table } of samples) write(file, csv(table));
const manifest = samples.map(({ table, ...sample }) => ({
  ...sample,
  rows: table.length - 1,
  columns: table[0].length,
}));
write('samples.json', `${JSON.stringify(manifest, null, 2)}\n`);
