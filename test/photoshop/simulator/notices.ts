/** The same notice with its target under the other key, and the target's property in the other form. */
export function otherForm(descriptor: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { _target, null: named, ...rest } = descriptor;
  const target = (_target ?? named) as readonly Readonly<Record<string, unknown>>[] | undefined;
  if (!target) return descriptor;
  const turned = target.map(({ _property: property, ...reference }) => {
    if (property === undefined) return reference;
    const other = typeof property === "string" ? { _enum: "property", _value: property } : "selection";
    return { ...reference, _property: other };
  });
  return { ...rest, [_target ? "null" : "_target"]: turned };
}

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A drawn rectangle as notices have it. */
export function rectangle({ x, y, width, height }: Area, unit = "pixelsUnit"): Readonly<Record<string, unknown>> {
  const sides = { top: y, left: x, bottom: y + height, right: x + width };
  const measured = Object.entries(sides).map(([side, _value]) => [side, { _unit: unit, _value }]);
  return { _obj: "rectangle", ...Object.fromEntries(measured) };
}
