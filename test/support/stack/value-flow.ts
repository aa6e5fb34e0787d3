/**
 * Follows values through a program, from the calls that make them to the calls made on them: through variables,
 * parameters, results, fields, destructuring and spreads (Andersen's points-to analysis). It knows neither order nor
 * branches: a variable holds whatever may ever be in it, and an object literal or a class stands for every object that it makes. So
 * it may find too much, and never too little: what leads out of the program, or cannot be followed, is an error.
 *
 * The program is walked again and again until a walk finds nothing new; one more walk then looks for what leads out. A
 * name must mean the same in a function and in all functions within it, which bundlers see to.
 */
import type { ESTree } from 'vite';

type Node = ESTree.Node;
type FunctionNode = ESTree.Function | ESTree.ArrowFunctionExpression;

export interface Tracked {
  /** Functions of the program by name, and what their results are called: `{ openRecords: 'records' }`. */
  readonly sources: Readonly<Record<string, string>>;
  /**
   * Whether a member of a tracked value is tracked: to be followed itself, or only noted when it is read. Its path is
   * then `records.backups`, `records.backups.get`.
   */
  track(path: string, member: string): 'follow' | 'note' | undefined;
}

export interface Uses {
  /** Tracked values that are read. */
  read: Set<string>;
  /** Tracked values that are called. */
  called: Set<string>;
}

/** A tracked value by its path, or something of the program that may hold or return one. */
type Value = string | Holder | Func | Class;
type Values = ReadonlySet<Value>;

/** An object, array or weak map of the program. */
class Holder {
  readonly fields = new Map<string, Set<Value>>();
  /** Of what it is an instance. */
  readonly class: Class | undefined;
  readonly kind: 'object' | 'array' | 'weak map';

  constructor({ of, kind = 'object' }: { of?: Class; kind?: Holder['kind'] } = {}) {
    this.class = of;
    this.kind = kind;
  }
}

class Func {
  readonly node: FunctionNode;
  readonly scope: Scope;
  readonly self: Set<Value>;
  readonly parameters: Set<Value>[] = [];
  readonly results = new Set<Value>();

  constructor(node: FunctionNode, scope: Scope, self: Set<Value>) {
    this.node = node;
    this.scope = scope;
    this.self = self;
  }
}

class Class {
  readonly parents = new Set<Class>();
  readonly instance = new Holder({ of: this });
  /** Its instance, and those of the classes that extend it. */
  readonly instances = new Set<Value>([this.instance]);
  readonly statics = new Holder();
  readonly self = new Set<Value>([this]);
  readonly methods = new Map<string, Func>();
  readonly getters = new Map<string, Func>();
  readonly setters = new Map<string, Func>();
  /** Named `constructor` among the methods. */
  get maker(): Func | undefined {
    return this.methods.get('constructor');
  }
}

class Scope {
  readonly #outer: Scope | undefined;
  readonly #variables = new Map<string, Set<Value>>();

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  declare(name: string): Set<Value> {
    const known = this.#variables.get(name);
    if (known !== undefined) return known;
    const values = new Set<Value>();
    this.#variables.set(name, values);
    return values;
  }

  find(name: string): Set<Value> | undefined {
    return this.#variables.get(name) ?? this.#outer?.find(name);
  }
}

interface Place {
  scope: Scope;
  self: Set<Value>;
  function: Func | undefined;
}

const NOTHING: Values = new Set();
/** The field that stands for an array's elements, and for what is read or written by a name made at run time. */
const ANY = '[…]';

/** @throws Error naming what leads out of the program, with the code at which it does. */
export function followValues(program: ESTree.Program, code: string, tracked: Tracked): Uses {
  return new Walk(program, code, tracked).uses();
}

class Walk {
  readonly #program: ESTree.Program;
  readonly #code: string;
  readonly #tracked: Tracked;
  readonly #uses: Uses = { read: new Set(), called: new Set() };
  readonly #made = new Map<Node, Holder | Func | Class>();
  #hasChanged = true;
  #isLast = false;

  constructor(program: ESTree.Program, code: string, tracked: Tracked) {
    this.#program = program;
    this.#code = code;
    this.#tracked = tracked;
  }

  uses(): Uses {
    const place: Place = { scope: new Scope(), self: new Set(), function: undefined };
    while (this.#hasChanged) {
      this.#hasChanged = false;
      this.#parts(this.#program, place);
    }
    this.#isLast = true;
    this.#parts(this.#program, place);
    return this.#uses;
  }

  #value(node: Node | null | undefined, place: Place): Values {
    if (node === null || node === undefined) return NOTHING;
    switch (node.type) {
      case 'Identifier':
        return place.scope.find(node.name) ?? NOTHING;
      case 'ThisExpression':
        return place.self;
      case 'ParenthesizedExpression':
      case 'ChainExpression':
        return this.#value(node.expression, place);
      case 'AwaitExpression':
        return this.#value(node.argument, place);
      case 'SequenceExpression':
        return node.expressions.map((one) => this.#value(one, place)).at(-1) ?? NOTHING;
      case 'ConditionalExpression':
        this.#value(node.test, place);
        return joined(this.#value(node.consequent, place), this.#value(node.alternate, place));
      case 'LogicalExpression':
        return joined(this.#value(node.left, place), this.#value(node.right, place));
      case 'AssignmentExpression': {
        const values = this.#value(node.right, place);
        this.#assign(node.left, values, place, false);
        return values;
      }
      case 'VariableDeclarator':
        this.#assign(node.id, this.#value(node.init, place), place, true);
        return NOTHING;
      case 'ForOfStatement': {
        const elements = this.#read(this.#value(node.right, place), ANY, node);
        const left = node.left.type === 'VariableDeclaration' ? node.left.declarations[0]?.id : node.left;
        if (left !== undefined) this.#assign(left, elements, place, true);
        return this.#value(node.body, place);
      }
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        return new Set([this.#function(node, place, new Set())]);
      case 'ClassDeclaration':
      case 'ClassExpression':
        return new Set([this.#class(node, place)]);
      case 'ObjectExpression':
        return this.#object(node, place);
      case 'ArrayExpression': {
        const array = this.#make(node, () => new Holder({ kind: 'array' }));
        for (const element of node.elements) {
          const isSpread = element?.type === 'SpreadElement';
          const values = this.#value(isSpread ? element.argument : element, place);
          this.#add(fieldOf(array, ANY), isSpread ? this.#read(values, ANY, node) : values);
        }
        return new Set([array]);
      }
      case 'MemberExpression':
        return this.#read(
          this.#value(node.object, place),
          this.#nameOf(node, place),
          node,
          node.object.type === 'Super' ? place : undefined,
        );
      case 'CallExpression':
      case 'NewExpression':
        return this.#call(node, place);
      case 'ReturnStatement':
        this.#add(place.function?.results ?? new Set(), this.#value(node.argument, place));
        return NOTHING;
      case 'YieldExpression':
        this.#keepIn(this.#value(node.argument, place), node);
        return NOTHING;
      case 'ImportDeclaration':
        return NOTHING;
      default:
        this.#parts(node, place);
        return NOTHING;
    }
  }

  #parts(node: Node, place: Place): void {
    for (const part of partsOf(node)) this.#value(part, place);
  }

  #function(node: FunctionNode, place: Place, self: Set<Value>): Func {
    const isArrow = node.type === 'ArrowFunctionExpression';
    const func = this.#make(node, () => new Func(node, new Scope(place.scope), isArrow ? place.self : self));
    if (node.type === 'FunctionDeclaration' && node.id !== null) {
      this.#add(place.scope.declare(node.id.name), new Set([func]));
    }
    const within: Place = { scope: func.scope, self: func.self, function: func };
    for (const [index, parameter] of node.params.entries()) {
      if (parameter.type !== 'RestElement') {
        this.#assign(parameter as Node, func.parameters[index] ?? NOTHING, within, true);
        continue;
      }
      const rest = this.#make(parameter, () => new Holder({ kind: 'array' }));
      for (const one of func.parameters.slice(index)) this.#add(fieldOf(rest, ANY), one);
      this.#assign(parameter.argument, new Set([rest]), within, true);
    }
    if (node.body !== null) {
      const result = this.#value(node.body, within);
      if (isArrow && node.expression) this.#add(func.results, result);
    }
    return func;
  }

  #class(node: ESTree.Class, place: Place): Class {
    const made = this.#make(node, () => new Class());
    if (node.id !== null) this.#add(place.scope.declare(node.id.name), new Set([made]));
    for (const parent of this.#value(node.superClass, place)) {
      if (!(parent instanceof Class)) continue;
      made.parents.add(parent);
      this.#add(parent.instances, made.instances);
    }
    for (const part of node.body.body) {
      if (part.type === 'StaticBlock') {
        this.#parts(part, { ...place, self: made.self });
      } else if (part.type === 'MethodDefinition') {
        const name = this.#keyOf(part, place);
        const func = this.#function(part.value, place, part.static ? made.self : made.instances);
        if (part.static) this.#add(fieldOf(made.statics, name), new Set([func]));
        else if (part.kind === 'get') made.getters.set(name, func);
        else if (part.kind === 'set') made.setters.set(name, func);
        else made.methods.set(name, func);
      } else if (part.type === 'PropertyDefinition') {
        const self = part.static ? made.self : made.instances;
        const values = this.#value(part.value, { ...place, self });
        this.#add(fieldOf(part.static ? made.statics : made.instance, this.#keyOf(part, place)), values);
      }
    }
    return made;
  }

  #object(node: ESTree.ObjectExpression, place: Place): Values {
    const object = this.#make(node, () => new Holder());
    const result = new Set<Value>([object]);
    for (const property of node.properties) {
      if (property.type === 'SpreadElement') {
        for (const value of this.#value(property.argument, place)) {
          // what is spread over it keeps its own members
          if (typeof value === 'string') result.add(value);
          if (value instanceof Holder)
            for (const [name, values] of value.fields) this.#add(fieldOf(object, name), values);
        }
        continue;
      }
      const isMethod = property.value.type === 'FunctionExpression';
      const values = isMethod
        ? new Set([this.#function(property.value as ESTree.Function, place, new Set([object]))])
        : this.#value(property.value, place);
      const name = this.#keyOf(property, place);
      if (property.kind !== 'get') this.#add(fieldOf(object, name), values);
      else for (const getter of values) this.#add(fieldOf(object, name), (getter as Func).results);
    }
    return result;
  }

  #call(node: ESTree.CallExpression | ESTree.NewExpression, place: Place): Values {
    const { callee } = node;
    const given: Values[] = [];
    let further: Values = NOTHING;
    for (const argument of node.arguments) {
      if (argument.type === 'SpreadElement') {
        further = joined(further, this.#read(this.#value(argument.argument, place), ANY, node));
      } else given.push(joined(this.#value(argument, place), further));
    }
    // the call of the program's own function: not of another's method that has its name
    const source = callee.type === 'Identifier' ? this.#tracked.sources[callee.name.replace(/\d+$/, '')] : undefined;
    if (source !== undefined) return new Set([source]);
    if (node.type === 'NewExpression' && callee.type === 'Identifier' && callee.name === 'WeakMap') {
      return new Set([this.#make(node, () => new Holder({ kind: 'weak map' }))]);
    }

    const results = new Set<Value>();
    let isKnown = false;
    for (const target of callee.type === 'Super' ? this.#parentsAt(place) : this.#value(callee, place)) {
      if (typeof target === 'string') this.#uses.called.add(target);
      if (target instanceof Func) {
        this.#give(target, given, further);
        for (const result of target.results) results.add(result);
      }
      if (target instanceof Class) {
        const maker = makerOf(target);
        if (maker !== undefined) this.#give(maker, given, further);
        results.add(target.instance);
      }
      isKnown ||= !(target instanceof Holder);
    }
    if (isKnown) return results;
    const owners = callee.type === 'MemberExpression' ? [...this.#value(callee.object, place)] : [];
    const weakMaps = owners.filter((one) => one instanceof Holder && one.kind === 'weak map') as Holder[];
    if (weakMaps.length > 0) {
      // its keys can never be read back
      for (const map of weakMaps) this.#add(fieldOf(map, ANY), given[1] ?? NOTHING);
      return joined(...weakMaps.map((map) => fieldOf(map, ANY)));
    }
    for (const values of [...given, further]) {
      this.#keepIn(values, node);
      for (const value of values) if (value instanceof Func) this.#keepIn(value.results, node);
    }
    this.#keepIn(new Set(owners.filter((one) => one instanceof Holder && one.kind === 'array')), node);
    return results;
  }

  #give(func: Func, given: Values[], further: Values): void {
    const count = Math.max(given.length, further.size > 0 ? func.node.params.length : 0);
    for (let index = 0; index < count; index++) {
      func.parameters[index] ??= new Set();
      this.#add(func.parameters[index] as Set<Value>, given[index] ?? further);
    }
  }

  #parentsAt({ self }: Place): Class[] {
    return [...self].flatMap((one) => (one instanceof Holder && one.class ? [...one.class.parents] : []));
  }

  /** @param within of `super`, whose members are its parents'. */
  #read(from: Values, name: string, node: Node, within?: Place): Values {
    const found = new Set<Value>();
    const take = (values: Values | undefined) => {
      for (const value of values ?? []) found.add(value);
    };
    const ofClass = (one: Class) => {
      for (const [method, func] of one.methods) if (method === name || name === ANY) found.add(func);
      take(one.getters.get(name)?.results);
      for (const parent of one.parents) ofHolder(parent.instance);
    };
    const ofHolder = (holder: Holder) => {
      for (const [field, values] of holder.fields) {
        const mayBeIt = field === ANY && (holder.kind === 'object' || /^\d+$/.test(name));
        if (field === name || name === ANY || mayBeIt) take(values);
      }
      if (holder.class !== undefined) ofClass(holder.class);
    };
    for (const value of from) {
      if (value instanceof Holder) ofHolder(value);
      if (value instanceof Class) {
        ofHolder(value.statics);
        for (const parent of value.parents) take(this.#read(new Set([parent]), name, node));
      }
      // no tracked value can be iterated, but by a name made at run time anything could be read of it
      if (typeof value === 'string' && name === ANY && node.type === 'MemberExpression') this.#keepIn(from, node);
      const how = typeof value === 'string' ? this.#tracked.track(value, name) : undefined;
      if (how !== undefined) this.#uses.read.add(`${value}.${name}`);
      if (how === 'follow') found.add(`${value}.${name}`);
    }
    if (within !== undefined) for (const parent of this.#parentsAt(within)) ofHolder(parent.instance);
    return found;
  }

  #assign(to: Node, values: Values, place: Place, isDeclared: boolean): void {
    switch (to.type) {
      case 'Identifier': {
        const variable = isDeclared ? place.scope.declare(to.name) : place.scope.find(to.name);
        if (variable !== undefined) this.#add(variable, values);
        return;
      }
      case 'AssignmentPattern':
        this.#assign(to.left, joined(values, this.#value(to.right, place)), place, isDeclared);
        return;
      case 'ArrayPattern':
        for (const element of to.elements) {
          if (element === null) continue;
          if (element.type === 'RestElement') this.#assign(element.argument, values, place, isDeclared);
          else this.#assign(element, this.#read(values, ANY, to), place, isDeclared);
        }
        return;
      case 'ObjectPattern':
        for (const property of to.properties) {
          if (property.type === 'RestElement') this.#assign(property.argument, values, place, isDeclared);
          else this.#assign(property.value, this.#read(values, this.#keyOf(property, place), to), place, isDeclared);
        }
        return;
      case 'MemberExpression': {
        const owners = this.#value(to.object, place);
        const name = this.#nameOf(to, place);
        for (const owner of owners) {
          if (owner instanceof Class) this.#add(fieldOf(owner.statics, name), values);
          if (!(owner instanceof Holder)) continue;
          this.#add(fieldOf(owner, name), values);
          const setter = owner.class?.setters.get(name);
          if (setter !== undefined) this.#give(setter, [values], NOTHING);
        }
        if (![...owners].some((owner) => owner instanceof Class || owner instanceof Holder)) this.#keepIn(values, to);
        return;
      }
      default:
        this.#value(to, place);
        this.#keepIn(values, to);
    }
  }

  /** @throws Error in the last walk if a tracked value would get to where it isn't followed. */
  #keepIn(values: Values, node: Node): void {
    if (!this.#isLast) return;
    const path = trackedIn(values);
    if (path === undefined) return;
    throw new Error(`${path} cannot be followed any further than: ${this.#code.slice(node.start, node.end)}`);
  }

  #nameOf({ computed, property }: ESTree.MemberExpression, place: Place): string {
    return this.#keyOf({ computed, key: property }, place);
  }

  #keyOf({ computed, key }: { computed: boolean; key: Node }, place: Place): string {
    if (key.type === 'Literal') return String(key.value);
    if (computed) this.#value(key, place);
    else if (key.type === 'Identifier') return key.name;
    else if (key.type === 'PrivateIdentifier') return `#${key.name}`;
    return ANY;
  }

  #make<T extends Holder | Func | Class>(node: Node, make: () => T): T {
    const known = this.#made.get(node);
    if (known !== undefined) return known as T;
    const made = make();
    this.#made.set(node, made);
    this.#hasChanged = true;
    return made;
  }

  #add(to: Set<Value>, values: Values): void {
    for (const value of values) {
      if (to.has(value)) continue;
      to.add(value);
      this.#hasChanged = true;
    }
  }
}

function fieldOf(holder: Holder, name: string): Set<Value> {
  const known = holder.fields.get(name);
  if (known !== undefined) return known;
  const field = new Set<Value>();
  holder.fields.set(name, field);
  return field;
}

/** Its own constructor, or the one that it inherits. */
function makerOf({ maker, parents }: Class): Func | undefined {
  return maker ?? [...parents].map(makerOf).find((one) => one !== undefined);
}

/** A tracked value among these, or in one of their fields that others can read. */
function trackedIn(values: Values, seen = new Set<Value>()): string | undefined {
  for (const value of values) {
    if (typeof value === 'string') return value;
    if (!(value instanceof Holder) || seen.has(value)) continue;
    seen.add(value);
    for (const [name, field] of value.fields) {
      const found = name.startsWith('#') ? undefined : trackedIn(field, seen);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function joined(...all: Values[]): Values {
  return new Set(all.flatMap((values) => [...values]));
}

/** The nodes that a node is made of. */
export function partsOf(node: Node): Node[] {
  return Object.values(node)
    .flat()
    .filter((part): part is Node => typeof part === 'object' && part !== null && typeof part.type === 'string');
}
