/** What a hyperparameter is called by those who know the library, and what it does. */
export interface ParameterWords {
  readonly title: string;
  readonly meaning: string;
}

type Words = readonly [title: string, meaning: string];

const SHARED: Readonly<Record<string, Words>> = {
  category: ['category encoding', 'How columns of categories become numbers.'],
  log_target: ['log target', 'Whether the logarithm of the target is learned.'],
  groups: ['group statistics', 'Whether numbers are also given against the mean of their category.'],
  learning_rate: ['learning_rate', 'How much each tree corrects those before it; small needs more trees.'],
  l2: ['L2 regularisation', 'Penalty on large values in the leaves; more is smoother.'],
  features: ['feature fraction', 'Share of the columns that a tree may look at.'],
  rows: ['row fraction', 'Share of the rows that a tree is grown on.'],
  depth: ['max_depth', 'Greatest depth of a tree.'],
  leaves: ['max_leaf_nodes', 'Greatest number of leaves of a tree.'],
  min_leaf: ['min_samples_leaf', 'Fewest rows in a leaf; more is smoother.'],
};

const FOREST: Readonly<Record<string, Words>> = {
  trees: ['n_estimators', 'Number of trees.'],
  features: ['max_features', 'Share of the columns that a split may look at.'],
};

/** By family, where its library has a word of its own. */
const OWN: Readonly<Record<string, Readonly<Record<string, Words>>>> = {
  linear: {
    solver: ['solver', 'A penalised model, or linear discriminants with a shrunken covariance.'],
    strength: ['regularisation strength', 'Penalty on large coefficients; more is smoother.'],
    knots: ['spline knots', 'Bends that the line of a number may have; 0 keeps it straight.'],
    pairs: ['pairwise products', 'Whether products of two columns are added.'],
  },
  lightgbm: {
    leaves: ['num_leaves', 'Greatest number of leaves of a tree.'],
    min_leaf: ['min_data_in_leaf', 'Fewest rows in a leaf; more is smoother.'],
    l2: ['lambda_l2', 'Penalty on large values in the leaves; more is smoother.'],
    features: ['feature_fraction', 'Share of the columns that a tree may look at.'],
    rows: ['bagging_fraction', 'Share of the rows that a tree is grown on.'],
    extra: ['extra_trees', 'Whether splits are tried at random places.'],
    bags: ['bagged models', 'Models that are averaged, each without other rows; 0 is one model of all rows.'],
  },
  hist_gradient_boosting: {
    l2: ['l2_regularization', 'Penalty on large values in the leaves; more is smoother.'],
  },
  xgboost: {
    min_child: ['min_child_weight', 'Least weight of the rows in a leaf; more is smoother.'],
    l2: ['reg_lambda', 'Penalty on large values in the leaves; more is smoother.'],
    features: ['colsample_bytree', 'Share of the columns that a tree may look at.'],
    rows: ['subsample', 'Share of the rows that a tree is grown on.'],
  },
  catboost: {
    depth: ['depth', 'Greatest depth of a tree.'],
    l2: ['l2_leaf_reg', 'Penalty on large values in the leaves; more is smoother.'],
    noise: ['random_strength', 'Chance in the choice of splits; more is smoother.'],
    features: ['rsm', 'Share of the columns that a split may look at.'],
  },
  random_forest: FOREST,
  extra_trees: FOREST,
};

/** @param name as it is stored; one that nobody has written words for is shown as it is */
export function parameterWords(family: string, name: string): ParameterWords {
  const [title, meaning] = OWN[family]?.[name] ?? SHARED[name] ?? [name, ''];
  return { title, meaning };
}
