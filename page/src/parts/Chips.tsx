import { hrefWith, Link, type Place } from "../routing";

export type Chip = { name: string; value: string; told?: string };

/** The filters in force; each can be taken away. */
export function Chips({ place, chips }: { place: Place; chips: Chip[] }) {
  if (chips.length === 0) return null;
  const none = Object.fromEntries(chips.map((chip) => [chip.name, null]));
  return (
    <ul className="chips" aria-label="Filters in force">
      {chips.map(({ name, value, told }) => (
        <li key={name}>
          <span className="name">{told ?? name}</span> <span className="value">{value}</span>
          <Link href={hrefWith(place, { [name]: null, cursor: null })} aria-label={`Take away ${told ?? name} ${value}`}>×</Link>
        </li>
      ))}
      {chips.length > 1 && <li className="all"><Link href={hrefWith(place, { ...none, cursor: null })}>Take all away</Link></li>}
    </ul>
  );
}
