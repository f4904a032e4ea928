/** What the story keeps of an answer: the ids that later steps need. */
type Named = { id: string; name: string };
type Directory = {
  appelants: { nodes: (Named & { email: string | null })[] } | null;
  users: { nodes: (Named & { email: string | null })[] } | null;
  applications: (Named & { defaultService: Named | null })[];
  services: Named[];
  causes: Named[];
};

/** The demo company's own names first; elsewhere whatever fits, so that the story can be played on any directory. */
export function identifiers(data: Record<string, unknown>, email: string): Record<string, string | undefined> {
  const { appelants, users, applications, services, causes } = data as Directory;
  const people = [...(appelants?.nodes ?? []), ...(users?.nodes ?? [])];
  const application = applications.find(({ name }) => name === "Portail RH") ?? applications.find(({ defaultService }) => defaultService) ?? applications[0];
  const developers = services.find(({ name }) => name === "Développement RH") ?? application?.defaultService ?? services[0];
  const network = services.find(({ name }) => name === "Réseau") ?? services.find(({ id }) => id !== developers?.id);
  return {
    demandeur: (people.find((person) => person.email === email) ?? people[0])?.id,
    application: application?.id,
    developpeurs: developers?.id,
    reseau: network?.id,
    cause: (causes.find(({ name }) => /r[ée]seau/i.test(name)) ?? causes[0])?.id,
  };
}

export function ticket(data: Record<string, unknown>): Record<string, string | undefined> {
  const payload = data.ticketCreate as { ticket: { id: string } | null };
  return { ticket: payload.ticket?.id };
}
